// SPDX-License-Identifier: Apache-2.0

using Uaas.Http;
using Uaas.Imaging;
using Uaas.Imaging.Serving;
using Uaas.Net;
using Uaas.Net.Names;
using Uaas.Platform;
using Uaas.Service;

/// <summary>Pictures made from those of the content, as a part of a service: all but the port and the HTTP server.</summary>
internal sealed class ImagePart
{
    private readonly ImageFiber _fiber = new();
    private LinkedSources? _linked;

    /// <summary>Who answers requests for pictures.</summary>
    internal ImageHandler? Images { get; private set; }

    /// <summary>When <see cref="Turn"/> has something to do.</summary>
    internal long NextDeadline => Images!.HasWork ? 0 : _linked is null ? long.MaxValue : _linked.NextDeadline;

    /// <summary>Connections to other services at most.</summary>
    internal static int ConnectionsFor(LinkTable links) => links.Count == 0 ? 0 : LinkedSources.MaxFetches;

    /// <summary>Makes the handler, and divides the memory that is free among results, pixels and libraries; false, and said so on the log, where that cannot be.</summary>
    /// <param name="content">The content, which is there.</param>
    /// <param name="network">The network, over which linked services are reached.</param>
    /// <param name="links">What is linked.</param>
    /// <param name="reserved">Bytes that others may yet take.</param>
    /// <param name="connections">Connections of the HTTP server at most.</param>
    /// <param name="others">Who answers requests for anything else.</param>
    internal bool TryBegin(SiteContent content, NetworkStack network, LinkTable links, long reserved, int connections, HttpHandler others)
    {
        ImageSettings settings = new();
        if (!TryReadSettings(content, settings) || !ImageMemory.TryDivide(reserved, links.Count > 0, out ImageMemory memory)) return false;
        CLibrary.Start(memory.Codecs);
        ImageWorker worker = new(settings.Limits, settings.Quality, memory.Pixels, memory.Codecs, ImageHost.Instance);
        if (links.Count > 0) _linked = new LinkedSources(network.Dialer, links);
        Images = new ImageHandler(content.Image!, settings, worker, memory.Results, connections, others, _linked);
        _fiber.Begin(Images);
        return true;
    }

    /// <summary>Works a slice on the picture at hand, and looks after what is fetched.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    internal void Turn(long now)
    {
        _linked?.Turn(now);
        if (Images is not { HasWork: true }) return;
        ImageFiber.Work();
        Images.Deliver();
    }

    private static bool TryReadSettings(SiteContent content, ImageSettings settings)
    {
        if (settings.TryRead(content.Rules.ImageSettings)) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "bad_settings"u8);
        line.Hint("the settings of images in the content image are damaged: pack the content again"u8);
        line.Write();
        return false;
    }
}
