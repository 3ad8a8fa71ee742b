// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Media.Live;

namespace Uaas.Media.Play;

/// <summary>One who plays over HTTP: the content of its response is what its <see cref="Viewer"/> has.</summary>
internal sealed class HttpViewer : ResponseBody
{
    private readonly Viewer _viewer;
    private HttpResponse? _response;

    public HttpViewer() => _viewer = new Viewer(new Sink(this));

    public override long Length => UnknownLength;

    /// <summary>Begins to play. The response has been started, and streams this body.</summary>
    public bool TryBegin(LiveStream stream, HttpResponse response, bool catchesUp)
    {
        _response = response;
        return _viewer.TryBegin(stream, FramingKind.Flv, catchesUp);
    }

    public override int Read(long offset, Span<byte> destination) => _viewer.Read(offset, destination);

    public override void Acknowledged(long offset) => _viewer.Acknowledged(offset);

    public override void Release()
    {
        _viewer.Leave();
        _response = null;
    }

    private sealed class Sink(HttpViewer owner) : ViewerSink
    {
        public override void Offer(long count)
        {
            if (count > 0) owner._response!.Produced(count);
        }

        public override void Cut() => owner._response!.Abort();

        public override void Finish() => owner._response!.End();
    }
}
