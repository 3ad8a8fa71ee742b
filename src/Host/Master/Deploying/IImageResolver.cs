// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Configuration;

namespace Uaas.Master.Deploying;

/// <summary>What an image comes down to on this node.</summary>
/// <param name="Monitor">Key of the monitor that runs it.</param>
/// <param name="Path">Path of the file that the monitor starts.</param>
/// <param name="Digest">Tells it from every other.</param>
/// <param name="Arguments">Boot arguments of its own.</param>
/// <param name="PackedContent">Path of content that the image brings along; null for none.</param>
public sealed record ResolvedImage(string Monitor, string Path, string Digest, string[] Arguments, string? PackedContent)
{
    /// <summary>Digest of the manifest where it is an image of the store; null where it is none.</summary>
    public string? StoredImage { get; init; }

    /// <summary>Whether FLV files in its content are readied for seeking.</summary>
    public bool IndexesFilms { get; init; }

    /// <summary>Whether its guest is one of ours: such a one is told its links by a boot argument. One that others built asks for services by name, and is ready when it answers HTTP.</summary>
    public bool IsOurs { get; init; } = true;

    /// <summary>Names of its block devices, in its order; null where that is not known.</summary>
    public IReadOnlyList<string>? BlockDevices { get; init; }

    /// <summary>Whether it has a device for content and does without any: then it gets an empty one.</summary>
    public bool TakesNoContent { get; init; }
}

/// <summary>Finds images.</summary>
public interface IImageResolver
{
    /// <summary>Finds the image of a service, for the monitor that it wants. One of the store is in use from then on until <see cref="Hold"/> lets it go.</summary>
    /// <exception cref="Linux.UaasException">There is no such image, or no such monitor works here.</exception>
    Task<ResolvedImage> ResolveAsync(ServiceDefinition service, CancellationToken cancellation);

    /// <summary>Says which images of the store may not be removed, and lets all others go.</summary>
    /// <param name="used">Digests of those that instances are started from.</param>
    /// <param name="remembered">Digests of those that a service may go back to.</param>
    void Hold(IReadOnlySet<string> used, IReadOnlySet<string> remembered);
}
