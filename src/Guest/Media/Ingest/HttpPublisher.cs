// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Rtmp;

namespace Uaas.Media.Ingest;

/// <summary>One who publishes by HTTP: the content of the request is FLV, for as long as the stream lasts.</summary>
internal sealed class HttpPublisher(StreamTable streams, MessageBuffers buffers) : RequestBody
{
    /// <summary>Bytes that are thrown away of one who goes on after being refused.</summary>
    private const int MaxAfterRefusal = 65_536;

    private readonly FlvReader _reader = new(buffers);
    private LiveStream? _stream;
    private HttpResponse? _response;
    private long _refused;

    /// <summary>Whether a stream is published by it.</summary>
    public bool IsPublishing => _stream != null;

    /// <summary>Begins with a stream that is this publisher's.</summary>
    public void Begin(LiveStream stream, HttpResponse response)
    {
        _reader.Reset();
        _stream = stream;
        _response = response;
        _refused = 0;
    }

    /// <summary>The server stops: the publisher is told to come again.</summary>
    public void Drain()
    {
        if (_stream != null) Refuse(_response!, HttpStatus.ServiceUnavailable);
    }

    public override int Receive(HttpResponse response, ReadOnlySpan<byte> data)
    {
        if (_stream == null)
        {
            _refused += data.Length;
            if (_refused > MaxAfterRefusal) response.Abort();
            return data.Length;
        }

        int position = 0;
        FlvStatus status;
        while ((status = _reader.Read(data, ref position, out TagType type, out uint timestamp, out ReadOnlySpan<byte> body)) == FlvStatus.Tag)
            Take(type, timestamp, body);
        if (status == FlvStatus.Refused) Refuse(response, HttpStatus.BadRequest);
        else streams.Flush(_stream);
        return data.Length;
    }

    public override void Completed(HttpResponse response)
    {
        bool wasPublishing = _stream != null;
        End();
        if (!wasPublishing) return;
        response.Start(HttpStatus.NoContent);
        response.SendEmpty();
    }

    public override void Aborted(HttpResponse response) => End();

    private void Take(TagType type, uint timestamp, ReadOnlySpan<byte> body)
    {
        if (type == TagType.Script)
        {
            if (!ScriptData.TryReadMetadata(body, out ReadOnlySpan<byte> metadata)) return;
            body = metadata;
        }

        if (!_stream!.TryAdd(type, timestamp, body)) _stream.Counters.Unusable++;
    }

    private void Refuse(HttpResponse response, HttpStatus status)
    {
        End();
        response.CloseAfter();
        response.Start(status);
        response.SendPhrase();
    }

    private void End()
    {
        _reader.Release();
        if (_stream == null) return;
        _stream.Flush();
        streams.EndPublishing(_stream);
        _stream = null;
    }
}
