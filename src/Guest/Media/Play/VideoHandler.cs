// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Media.Films;
using Uaas.Media.Recording;

namespace Uaas.Media.Play;

/// <summary>Films at /vod/, recordings at /recordings/ and /record/, live streams everywhere else.</summary>
/// <param name="live">Live streams.</param>
/// <param name="films">Films; null where there is no content.</param>
/// <param name="recordings">Recordings; null where there is no volume.</param>
public sealed class VideoHandler(FlvHandler live, FilmHandler? films, RecordingHandler? recordings) : HttpHandler
{
    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        if (films != null && request.RawPath.StartsWith(FilmHandler.Prefix)) films.Handle(in request, response);
        else if (recordings != null && RecordingHandler.Owns(request.RawPath)) recordings.Handle(in request, response);
        else live.Handle(in request, response);
    }
}
