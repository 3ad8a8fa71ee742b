// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Cli.Guests;
using Uaas.Configuration;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Uaas.Linux;
using Uaas.Master.Deploying;

namespace Uaas.Cli.Serving;

/// <summary>Finds images where <c>uaas run</c> finds them: those that come with the command, those of the store, and files.</summary>
/// <param name="locations">Where the build is.</param>
/// <param name="auto">Key of the monitor that auto stands for.</param>
internal sealed class ImageResolver(Locations locations, string auto) : IImageResolver, IDisposable
{
    private ImageHolds? _holds;

    /// <inheritdoc/>
    public async Task<ResolvedImage> ResolveAsync(ServiceDefinition service, CancellationToken cancellation)
    {
        using RunTarget target = await FindAsync(service).ConfigureAwait(false);
        Monitor monitor = await ChooseAsync(service.Vmm, target).ConfigureAwait(false);
        string kind = monitor.CreateDriver(locations).ImageKind;
        await target.VerifyAsync(kind).ConfigureAwait(false);
        string path = target.ImageFor(kind);
        KernelFile kernel = target.KernelFor(kind);
        RequireSettings(service, kernel);
        // Of an image its manifest tells: two may have one kernel, and other content or arguments.
        string digest = target.StoredImage?.Hex ?? await DigestAsync(path, cancellation).ConfigureAwait(false);
        if (target.StoredImage is { } stored)
            Holds.Use(stored);
        return new ResolvedImage(monitor.Key, path, digest, target.Arguments, target.PackedContent)
        {
            StoredImage = target.StoredImage?.ToString(),
            BlockDevices = FindBlockDevices(target, kind),
            TakesNoContent = target.Service.Content == ContentUse.Optional && target.PackedContent is null,
            IndexesFilms = target.Service.IndexesFilms,
            IsOurs = kernel.IsOurs,
        };
    }

    /// <inheritdoc/>
    public void Hold(IReadOnlySet<string> used, IReadOnlySet<string> remembered)
    {
        if (_holds is not null || used.Count + remembered.Count > 0)
            Holds.Set(Digests(used), Digests(remembered));
    }

    /// <inheritdoc/>
    public void Dispose() => _holds?.Dispose();

    /// <summary>The store is made where it is not there: not before somebody has an image.</summary>
    private ImageHolds Holds => _holds ??= new ImageHolds(ImageStore.ForThisUser());

    private static HashSet<Digest> Digests(IEnumerable<string> texts) => [.. texts.Select(Digest.Parse).OfType<Digest>()];

    /// <summary>A file is a kernel, whatever else there is of that name.</summary>
    private async Task<RunTarget> FindAsync(ServiceDefinition service) => service.Image.Kind == ImageKind.File
        ? KernelTarget.TryResolve(service.Image.Value) ?? throw new UaasException(Failure.Image, $"there is no file {service.Image.Value}")
        : await RunTarget.ResolveAsync(service.Image.Value, locations).ConfigureAwait(false);

    /// <summary>An image for QEMU has no manifest; where there is one for spt beside it, that has the same devices.</summary>
    private static IReadOnlyList<string>? FindBlockDevices(RunTarget target, string kind)
    {
        string asked = kind == "pvh" && target.Has("spt") ? "spt" : kind;
        try
        {
            return KernelFile.Find(target.ImageFor(asked)) is { } kernel && HasManifest(kernel) ? kernel.Blocks : null;
        }
        catch (UaasException)
        {
            return null;
        }
    }

    private static bool HasManifest(KernelFile kernel) => kernel.Format is KernelFormat.Spt or KernelFormat.Hvt;

    /// <summary>Guests of ours take settings; others do where they declare a device for them.</summary>
    private static void RequireSettings(ServiceDefinition service, KernelFile kernel)
    {
        bool hasNone = service.Environment.Count == 0 && service.Secrets.Count == 0;
        if (hasNone || kernel.IsOurs || kernel.Blocks.Contains(InstanceSpec.SettingsDevice))
            return;
        throw new UaasException(Failure.Image, $"env and secrets do not reach a {kernel.Title} that others built",
            $"leave them out, give words on its command line (args), or have it declare a block device '{InstanceSpec.SettingsDevice}' in its manifest (docs/foreign.md)");
    }

    /// <summary>What was asked for; else the node's own choice, or the best of those that the image has a kernel for.</summary>
    private async Task<Monitor> ChooseAsync(VmmChoice choice, RunTarget target)
    {
        bool Has(Monitor monitor) => target.Has(monitor.CreateDriver(locations).ImageKind);
        if (choice == VmmChoice.Auto && Has(Monitor.ByKey(auto)))
            return Monitor.ByKey(auto);
        if (choice is VmmChoice.QemuKvm or VmmChoice.QemuTcg)
            return Monitor.ByKey(choice == VmmChoice.QemuKvm ? "qemu-kvm" : "qemu-tcg");
        var monitors = new MonitorChoice(Doctor.ForThisMachine(locations), DoctorCache.ForThisUser(), DoctorCache.KeyFor(locations));
        return await monitors.ChooseAsync(choice.ToString().ToLowerInvariant(), Has).ConfigureAwait(false);
    }

    private static async Task<string> DigestAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UaasException(Failure.NotBuilt, $"cannot read the image {path}: {e.Message}", null, e);
        }
    }
}
