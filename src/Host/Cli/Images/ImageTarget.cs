// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli.Guests;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Instances.Kernels;
using Uaas.Linux;

namespace Uaas.Cli.Images;

/// <summary>An image of the store, as something to run.</summary>
internal static class ImageTarget
{
    /// <summary>The image that a word names; null where it names none.</summary>
    internal static RunTarget? TryResolve(string word)
    {
        var store = ImageStore.ForThisUser();
        if (store.TryRequire(word) is not { } stored)
            return null;
        IDisposable held = store.Use(stored.Manifest.Digest);
        try
        {
            ServiceImage image = store.Open(stored.Manifest);
            return new RunTarget(Describe(image), kind => store.PathOf(Kernel(image, word, kind)))
            {
                Arguments = [.. image.Configuration.Arguments],
                PackedContent = image.Content is { } content ? store.PathOf(content) : null,
                Has = kind => FindKernel(image, kind) is not null,
                KernelFor = kind => KernelFile.Recognise(store.PathOf(Kernel(image, word, kind))),
                VerifyAsync = kind => VerifyAsync(store, image.Content, Kernel(image, word, kind)),
                Held = held,
                StoredImage = stored.Manifest.Digest,
            };
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The kernel that a monitor of a kind runs: QEMU's kind stands for several formats.</summary>
    private static Descriptor? FindKernel(ServiceImage image, string kind) => image.Kernel(kind)
        ?? Enum.GetValues<KernelFormat>().Where(format => KernelTarget.MonitorKind(format) == kind).Select(format => image.Kernel(BuildPlans.KindOf(format))).FirstOrDefault(found => found is not null);

    private static Descriptor Kernel(ServiceImage image, string name, string kind) =>
        FindKernel(image, kind) ?? throw new UaasException(Failure.Image, $"{name} has no kernel for {kind}; it has: {string.Join(", ", image.Kinds)}");

    /// <summary>All that is about to run is read once: what is altered must not run, and what is about to be read is in memory then.</summary>
    private static Task VerifyAsync(ImageStore store, Descriptor? content, Descriptor kernel) => TransferCommands.RunAsync(async (transfers, token) =>
    {
        await store.VerifyAsync(kernel, transfers, token).ConfigureAwait(false);
        if (content is not null)
            await store.VerifyAsync(content, transfers, token).ConfigureAwait(false);
        return true;
    });

    private static ServiceDescription Describe(ServiceImage image)
    {
        ImageConfiguration configuration = image.Configuration;
        ServiceDescription? known = ServiceCatalogue.Find(configuration.Service);
        return new ServiceDescription
        {
            Name = configuration.Service,
            Title = known?.Title ?? "",
            MemoryMebibytes = configuration.MemoryMebibytes,
            IndexesFilms = known is { IndexesFilms: true },
            Content = !configuration.Blocks.Contains(ContentImage.DeviceName) ? ContentUse.None
                : image.Content is null && known?.Content != ContentUse.Optional ? ContentUse.Required : ContentUse.Optional,
            OnlyOneBecause = known?.OnlyOneBecause,
            Ports = [.. Ports(configuration)],
            Options = known?.Options ?? [],
        };
    }

    /// <summary>Ports of a scheme that the command knows can be listened on; others are the node's alone.</summary>
    private static IEnumerable<ServicePort> Ports(ImageConfiguration configuration)
    {
        foreach (ImagePort port in configuration.Ports)
        {
            if (ServiceCatalogue.Ports.FirstOrDefault(known => known.Scheme == port.Scheme) is { } known)
                yield return known with { GuestPort = port.Port };
        }
    }
}
