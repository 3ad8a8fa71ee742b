// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Media.Live;

namespace Uaas.Media.Play;

/// <summary>Plays streams over HTTP: GET /live/NAME.flv. Any page may fetch them (CORS).</summary>
/// <param name="streams">The streams.</param>
/// <param name="slots">Connections of the server at most.</param>
public sealed class FlvHandler(StreamTable streams, int slots) : HttpHandler
{
    private readonly HttpViewer?[] _viewers = new HttpViewer?[slots];

    private static ReadOnlySpan<byte> Prefix => "/live/"u8;

    private static ReadOnlySpan<byte> Suffix => ".flv"u8;

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        if (request.Method == HttpMethod.Options)
        {
            AnswerPreflight(response);
            return;
        }

        if (request.Method is not (HttpMethod.Get or HttpMethod.Head))
        {
            response.RefuseMethod(in request, "GET, HEAD, OPTIONS"u8);
            return;
        }

        LiveStream? stream = Find(request.RawPath);
        if (stream == null) Answer(response, HttpStatus.NotFound);
        else Play(stream, response);
    }

    private LiveStream? Find(ReadOnlySpan<byte> path)
    {
        if (!path.StartsWith(Prefix) || !path.EndsWith(Suffix) || path.Length <= Prefix.Length + Suffix.Length) return null;
        return streams.Find(path[Prefix.Length..^Suffix.Length]);
    }

    private void Play(LiveStream stream, HttpResponse response)
    {
        if (stream.IsFull)
        {
            Answer(response, HttpStatus.ServiceUnavailable);
            return;
        }

        HttpViewer viewer = _viewers[response.Slot] ??= new HttpViewer();
        response.CloseAfter();
        response.Start(HttpStatus.Ok);
        response.AddLines("Content-Type: video/x-flv\r\nCache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\n"u8);
        response.Stream(viewer);
        if (response.State == ResponseState.Streaming) viewer.TryBegin(stream, response, FramingKind.Flv);
    }

    private static void Answer(HttpResponse response, HttpStatus status)
    {
        response.Start(status);
        response.AddLines("Cache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\n"u8);
        response.SendPhrase();
    }

    private static void AnswerPreflight(HttpResponse response)
    {
        response.Start(HttpStatus.NoContent);
        response.AddLines("Allow: GET, HEAD, OPTIONS\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\r\nAccess-Control-Allow-Headers: Range\r\nAccess-Control-Max-Age: 86400\r\n"u8);
        response.SendEmpty();
    }
}
