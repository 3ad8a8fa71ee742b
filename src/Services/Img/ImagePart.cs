// SPDX-License-Identifier: Apache-2.0

using Uaas.Http;
using Uaas.Imaging;
using Uaas.Imaging.Serving;
using Uaas.Platform;
using Uaas.Service;

/// <summary>Pictures made from those of the content, as a part of a service: all but the port and the HTTP server.</summary>
internal sealed class ImagePart
{
    private readonly ImageFiber _fiber = new();

    /// <summary>Who answers requests for pictures.</summary>
    internal ImageHandler? Images { get; private set; }

    /// <summary>When <see cref="Turn"/> has something to do.</summary>
    internal long NextDeadline => Images!.HasWork ? 0 : long.MaxValue;

    /// <summary>Makes the handler, and divides the memory that is free among results, pixels and libraries; false, and said so on the log, where that cannot be.</summary>
    /// <param name="content">The content, which is there.</param>
    /// <param name="reserved">Bytes that others may yet take.</param>
    /// <param name="connections">Connections of the HTTP server at most.</param>
    /// <param name="others">Who answers requests for anything else.</param>
    internal bool TryBegin(SiteContent content, long reserved, int connections, HttpHandler others)
    {
        ImageSettings settings = new();
        if (!TryReadSettings(content, settings) || !ImageMemory.TryDivide(reserved, out ImageMemory memory)) return false;
        CLibrary.Start(memory.Codecs);
        ImageWorker worker = new(settings.Limits, settings.Quality, memory.Pixels, memory.Codecs, ImageHost.Instance);
        Images = new ImageHandler(content.Image!, settings, worker, memory.Results, connections, others);
        _fiber.Begin(Images);
        return true;
    }

    /// <summary>Works a slice on the picture at hand.</summary>
    internal void Turn()
    {
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
