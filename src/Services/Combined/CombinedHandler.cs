// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Media.Films;
using Uaas.Media.Recording;

/// <summary>Video at /live/ and /vod/, and at /recordings/ and /record/ where there is a volume; pictures, and the site, everywhere else.</summary>
internal sealed class CombinedHandler(HttpHandler video, HttpHandler others, bool hasRecordings) : HttpHandler
{
    private static ReadOnlySpan<byte> Live => "/live/"u8;

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        ReadOnlySpan<byte> path = request.RawPath;
        if (path.StartsWith(Live) || path.StartsWith(FilmHandler.Prefix) || hasRecordings && RecordingHandler.Owns(path)) video.Handle(in request, response);
        else others.Handle(in request, response);
    }
}
