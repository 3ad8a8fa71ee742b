// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli.Guests;
using Uaas.Cli.Images;
using Uaas.Configuration.Yaml;
using Uaas.Host.Images.Oci;
using Uaas.Instances.Kernels;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>What <c>uaas run</c> was told to run: a service, and where its images are. Disposing it lets go of what it holds.</summary>
/// <param name="Service">The service.</param>
/// <param name="ImageFor">Path of its image of a kind (spt, hvt, pvh); throws where there is none.</param>
internal sealed record RunTarget(ServiceDescription Service, Func<string, string> ImageFor) : IDisposable
{
    /// <summary>Boot arguments of its own.</summary>
    internal string[] Arguments { get; init; } = [];

    /// <summary>Path of its packed content; null for none.</summary>
    internal string? PackedContent { get; init; }

    /// <summary>Whether it has an image of a kind.</summary>
    internal Func<string, bool> Has { get; init; } = _ => true;

    /// <summary>Makes sure that its parts are what they should be, before the image of a kind is started.</summary>
    internal Func<string, Task> VerifyAsync { get; init; } = _ => Task.CompletedTask;

    /// <summary>What its image of a kind is.</summary>
    internal Func<string, KernelFile> KernelFor { get; init; } = _ => KernelFile.Own;

    /// <summary>Digest of the manifest where it is an image of the store; null where it is none.</summary>
    internal Digest? StoredImage { get; init; }

    /// <summary>What is held while it runs.</summary>
    internal IDisposable? Held { get; init; }

    /// <summary>Finds out what a word stands for: a service that comes with the command, an image of the store, a project, which is built, or a kernel in a file.</summary>
    /// <exception cref="UaasException">Nothing that there is, or what does not build.</exception>
    internal static async Task<RunTarget> ResolveAsync(string word, Locations locations)
    {
        if (ServiceCatalogue.Find(word) is { } builtIn)
            return new RunTarget(builtIn, kind => locations.ExistingImage(builtIn.Name, kind));
        if (ImageTarget.TryResolve(word) is { } image)
            return image;
        if (ServiceProject.Find(word) is { } project)
            return await project.BuildAsync().ConfigureAwait(false);
        if (KernelTarget.TryResolve(word) is { } kernel)
            return kernel;
        if (word.AsSpan().ContainsAny('/', ':'))
        {
            throw new UaasException(Failure.Image, $"there is no image {word} on this machine, nor a file or directory of that name",
                "uaas images lists the images that are here; uaas pull fetches one, uaas build makes one");
        }
        IEnumerable<string> known = ServiceCatalogue.All.Select(service => service.Name);
        string guess = NearestName.Of(word, known) is { } nearest ? $" (did you mean {nearest}?)" : "";
        throw new UaasException(Failure.Usage, $"there is no service {word}{guess}; there are: {string.Join(", ", known)}", "nor an image of that name: uaas images lists those that are here; a project of your own is named by its directory, a kernel by its file");
    }

    /// <inheritdoc/>
    public void Dispose() => Held?.Dispose();
}
