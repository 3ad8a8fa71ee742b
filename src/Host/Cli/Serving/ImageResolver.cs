// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Cli.Guests;
using Uaas.Configuration;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Uaas.Linux;
using Uaas.Master.Deploying;

namespace Uaas.Cli.Serving;

/// <summary>Finds images where <c>uaas run</c> finds them: those that come with the command, those of the store, and files.</summary>
/// <param name="locations">Where the build is.</param>
/// <param name="auto">Key of the monitor that auto stands for.</param>
internal sealed class ImageResolver(Locations locations, string auto) : IImageResolver
{
    /// <inheritdoc/>
    public async Task<ResolvedImage> ResolveAsync(ServiceDefinition service, CancellationToken cancellation)
    {
        Monitor monitor = await ChooseAsync(service.Vmm).ConfigureAwait(false);
        string kind = monitor.CreateDriver(locations).ImageKind;
        if (service.Image.Kind == ImageKind.File)
        {
            monitor = await ForKernelAsync(monitor, service).ConfigureAwait(false);
            return new ResolvedImage(monitor.Key, service.Image.Value, await DigestAsync(service.Image.Value, cancellation).ConfigureAwait(false), [], null);
        }
        using RunTarget target = await RunTarget.ResolveAsync(service.Image.Value, locations).ConfigureAwait(false);
        await target.VerifyAsync(kind).ConfigureAwait(false);
        string path = target.ImageFor(kind);
        return new ResolvedImage(monitor.Key, path, await DigestAsync(path, cancellation).ConfigureAwait(false), target.Arguments, target.PackedContent);
    }

    /// <summary>A kernel runs on one kind of monitor only: where none was asked for, that one is taken.</summary>
    private async Task<Monitor> ForKernelAsync(Monitor chosen, ServiceDefinition service)
    {
        string kind = KernelTarget.MonitorKind(KernelFile.Recognise(service.Image.Value).Format);
        if (chosen.CreateDriver(locations).ImageKind == kind)
            return chosen;
        if (service.Vmm != VmmChoice.Auto)
            throw new UaasException(Failure.Image, $"{chosen.Name} does not run {service.Image.Value}: that is a kernel for {(kind == "pvh" ? "qemu" : kind)}");
        var monitors = new MonitorChoice(Doctor.ForThisMachine(locations), DoctorCache.ForThisUser(), DoctorCache.KeyFor(locations));
        return await monitors.ChooseAsync("auto", monitor => monitor.CreateDriver(locations).ImageKind == kind).ConfigureAwait(false);
    }

    private async Task<Monitor> ChooseAsync(VmmChoice choice)
    {
        if (choice == VmmChoice.Auto)
            return Monitor.ByKey(auto);
        if (choice is VmmChoice.QemuKvm or VmmChoice.QemuTcg)
            return Monitor.ByKey(choice == VmmChoice.QemuKvm ? "qemu-kvm" : "qemu-tcg");
        var monitors = new MonitorChoice(Doctor.ForThisMachine(locations), DoctorCache.ForThisUser(), DoctorCache.KeyFor(locations));
        return await monitors.ChooseAsync(choice.ToString().ToLowerInvariant()).ConfigureAwait(false);
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
