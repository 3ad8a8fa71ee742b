// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Media.Ingest;
using Uaas.Media.Live;
using Uaas.Media.Rtmp;
using Uaas.Net;

namespace Uaas.Media.Play;

/// <summary>
/// Live streams over HTTP, all of them at /live/NAME.flv: GET plays, also by WebSocket; POST and PUT publish. Any page may fetch them (CORS).
/// </summary>
/// <param name="streams">The streams.</param>
/// <param name="buffers">Memory for tags under way from publishers.</param>
/// <param name="slots">Connections of the server at most.</param>
/// <param name="isChunked">Whether streams are sent in chunks where the client knows them, and not ended by closing.</param>
public sealed class FlvHandler(StreamTable streams, MessageBuffers buffers, int slots, bool isChunked = true) : HttpHandler
{
    /// <summary>Bytes that a connection's viewers and publisher take at most, once it has been each of them.</summary>
    public const int MemoryPerConnection = 4096;

    private readonly HttpViewer?[] _viewers = new HttpViewer?[slots];
    private readonly WebSocketViewer?[] _webSockets = new WebSocketViewer?[slots];
    private readonly HttpPublisher?[] _publishers = new HttpPublisher?[slots];

    private static ReadOnlySpan<byte> Prefix => "/live/"u8;

    private static ReadOnlySpan<byte> Suffix => ".flv"u8;

    private static ReadOnlySpan<byte> Methods => "GET, HEAD, POST, PUT, OPTIONS"u8;

    private static ReadOnlySpan<byte> CommonLines => "Cache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\n"u8;

    /// <summary>Tells those who publish by HTTP that the service stops.</summary>
    public void Drain()
    {
        for (int i = 0; i < slots; i++) _publishers[i]?.Drain();
    }

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        ReadOnlySpan<byte> name = NameIn(request.RawPath);
        if (name.IsEmpty) Answer(response, HttpStatus.NotFound);
        else if (request.Method is HttpMethod.Get or HttpMethod.Head) Play(in request, response, name);
        else if (request.Method is HttpMethod.Post or HttpMethod.Put) Publish(in request, response, name);
        else if (request.Method == HttpMethod.Options) AnswerPreflight(response);
        else response.RefuseMethod(in request, Methods);
    }

    private static ReadOnlySpan<byte> NameIn(ReadOnlySpan<byte> path) =>
        path.StartsWith(Prefix) && path.EndsWith(Suffix) && path.Length > Prefix.Length + Suffix.Length ? path[Prefix.Length..^Suffix.Length] : default;

    private void Play(in HttpRequest request, HttpResponse response, ReadOnlySpan<byte> name)
    {
        LiveStream? stream = streams.Find(name);
        if (stream == null || stream.IsFull || streams.IsDraining)
        {
            Answer(response, stream == null ? HttpStatus.NotFound : HttpStatus.ServiceUnavailable);
            return;
        }

        bool catchesUp = QueryText.AsksToCatchUp(request.Query);
        if (WebSocketViewer.IsAskedFor(in request))
        {
            WebSocketViewer webSocket = WebSocketAt(response.Slot);
            webSocket.Begin(in request, response, stream, catchesUp);
            return;
        }

        HttpViewer viewer = ViewerAt(response.Slot);
        response.CloseAfter();
        response.Start(HttpStatus.Ok);
        response.AddLines("Content-Type: video/x-flv\r\n"u8);
        response.AddLines(CommonLines);
        response.Stream(viewer, isChunked);
        if (response.State == ResponseState.Streaming) viewer.TryBegin(stream, response, catchesUp);
    }

    // The lowest slots that are free are given out first: those behind one that is used for the first time come next.
    private HttpViewer ViewerAt(int slot)
    {
        if (_viewers[slot] == null)
        {
            for (int i = PoolGrowth.Next(slot, slots) - 1; i >= slot; i--) _viewers[i] ??= new HttpViewer();
        }

        return _viewers[slot]!;
    }

    private WebSocketViewer WebSocketAt(int slot)
    {
        if (_webSockets[slot] == null)
        {
            for (int i = PoolGrowth.Next(slot, slots) - 1; i >= slot; i--) _webSockets[i] ??= new WebSocketViewer();
        }

        return _webSockets[slot]!;
    }

    private void Publish(in HttpRequest request, HttpResponse response, ReadOnlySpan<byte> name)
    {
        if (!request.HasBody)
        {
            Answer(response, HttpStatus.LengthRequired);
            return;
        }

        PublishResult result = streams.TryPublish(name, QueryText.Find(request.Query, "key"u8), out LiveStream? stream);
        if (result != PublishResult.Ok)
        {
            response.CloseAfter();
            Answer(response, StatusOf(result));
            return;
        }

        HttpPublisher publisher = _publishers[response.Slot] ??= new HttpPublisher(streams, buffers);
        publisher.Begin(stream!, response);
        request.ReceiveBody(publisher);
    }

    private static HttpStatus StatusOf(PublishResult result) => result switch
    {
        PublishResult.NameTaken => HttpStatus.Conflict,
        PublishResult.BadKey => HttpStatus.Forbidden,
        PublishResult.BadName => HttpStatus.NotFound,
        _ => HttpStatus.ServiceUnavailable,
    };

    private static void Answer(HttpResponse response, HttpStatus status)
    {
        response.Start(status);
        response.AddLines(CommonLines);
        response.SendPhrase();
    }

    private static void AnswerPreflight(HttpResponse response)
    {
        response.Start(HttpStatus.NoContent);
        response.AddLines("Allow: GET, HEAD, POST, PUT, OPTIONS\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, HEAD, POST, PUT, OPTIONS\r\nAccess-Control-Allow-Headers: Range, Content-Type\r\nAccess-Control-Max-Age: 86400\r\n"u8);
        response.SendEmpty();
    }
}
