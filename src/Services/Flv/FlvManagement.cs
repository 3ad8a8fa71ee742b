// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Media.Live;
using Uaas.Media.Recording;

/// <summary>The management endpoints, recordings where there is a volume, and GET /streams: the statistics of each stream as JSON.</summary>
internal sealed class FlvManagement(ManagementHandler endpoints, StreamTable streams, int room, HttpHandler? recordings) : HttpHandler
{
    private readonly byte[] _text = new byte[room];

    /// <summary>Whether a drain was asked for.</summary>
    internal bool DrainRequested => endpoints.DrainRequested;

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        if (recordings != null && RecordingHandler.Owns(request.RawPath))
        {
            recordings.Handle(in request, response);
            return;
        }

        if (!request.RawPath.SequenceEqual("/streams"u8))
        {
            endpoints.Handle(in request, response);
            return;
        }

        if (request.Method is not (HttpMethod.Get or HttpMethod.Head))
        {
            response.RefuseMethod(in request, "GET, HEAD"u8);
            return;
        }

        response.Start(HttpStatus.Ok);
        response.AddLines("Content-Type: application/json\r\n"u8);
        response.Send(Write());
    }

    // Names are of letters, digits and three marks: there is nothing to escape. All that the streams have to say fits.
    private ReadOnlySpan<byte> Write()
    {
        LineBuilder json = new(_text);
        json.Append("["u8);
        bool isFirst = true;
        for (int i = 0; i < streams.Count; i++)
        {
            LiveStream stream = streams[i];
            if (stream.Name.IsEmpty) continue;
            json.Append(isFirst ? "{\"name\":\""u8 : ",{\"name\":\""u8);
            isFirst = false;
            json.Append(stream.Name);
            json.Append(stream.IsPublishing ? "\",\"publishing\":true"u8 : "\",\"publishing\":false"u8);
            Field(ref json, ",\"viewers\":"u8, stream.ViewerCount);
            Field(ref json, ",\"http_viewers\":"u8, stream.CountViewers(FramingKind.Flv));
            Field(ref json, ",\"websocket_viewers\":"u8, stream.CountViewers(FramingKind.WebSocket));
            Field(ref json, ",\"rtmp_viewers\":"u8, stream.CountViewers(FramingKind.Rtmp) + stream.CountViewers(FramingKind.RtmpExtended));
            Field(ref json, ",\"viewers_total\":"u8, stream.Counters.Viewers);
            Field(ref json, ",\"publishers_total\":"u8, stream.Counters.Publishers);
            Field(ref json, ",\"bytes_in\":"u8, stream.Counters.BytesIn);
            Field(ref json, ",\"bytes_out\":"u8, stream.Counters.BytesOut);
            Field(ref json, ",\"bits_per_second_in\":"u8, stream.BytesPerSecond * 8);
            Field(ref json, ",\"bits_per_second_out\":"u8, stream.BytesPerSecondOut * 8);
            Field(ref json, ",\"video\":"u8, stream.Counters.VideoPackets);
            Field(ref json, ",\"key_frames\":"u8, stream.Counters.KeyFrames);
            Field(ref json, ",\"audio\":"u8, stream.Counters.AudioPackets);
            Field(ref json, ",\"group_bytes\":"u8, stream.GroupLength);
            Field(ref json, ",\"group_packets\":"u8, stream.GroupPackets);
            Field(ref json, ",\"group_ms\":"u8, stream.GroupTime);
            Field(ref json, ",\"unusable\":"u8, stream.Counters.Unusable);
            Field(ref json, ",\"left_out\":"u8, stream.Counters.LeftOut);
            Field(ref json, ",\"drops\":"u8, stream.Counters.Drops);
            Field(ref json, ",\"cuts\":"u8, stream.Counters.Cuts);
            json.Append("}"u8);
        }

        json.Append("]"u8);
        return json.Text;
    }

    private static void Field(ref LineBuilder json, ReadOnlySpan<byte> name, long value)
    {
        json.Append(name);
        json.Append(value);
    }
}
