// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli.Guests;
using Uaas.Host.Images.Building;
using Uaas.Host.Images.Oci;
using Uaas.Instances.Kernels;
using Uaas.Linux;

namespace Uaas.Cli.Images;

/// <summary>What is asked of an image beside what it is made from.</summary>
internal sealed record BuildWishes
{
    /// <summary>The directory to serve; null for none.</summary>
    internal string? Content { get; init; }

    /// <summary>The site's configuration; null for the one in the content, if it is there.</summary>
    internal string? Configuration { get; init; }

    /// <summary>Memory of an instance in MiB; null for what the service needs.</summary>
    internal int? MemoryMebibytes { get; init; }

    /// <summary>Boot arguments of every instance.</summary>
    internal IReadOnlyList<string> Arguments { get; init; } = [];
}

/// <summary>Finds out what an image is to be made of.</summary>
internal static class BuildPlans
{
    private static readonly string[] Kinds = ["hvt", "pvh", "spt"];

    /// <summary>Of a service that comes with the command.</summary>
    /// <exception cref="UaasException">It is not built, or the wishes do not fit it.</exception>
    internal static BuildPlan ForService(ServiceDescription service, BuildWishes wishes)
    {
        var locations = Locations.Find();
        return ForService(service, [.. Kinds.Select(kind => new KernelSource(kind, locations.ExistingImage(service.Name, kind)))], wishes);
    }

    /// <summary>Of a C# project, which is built first.</summary>
    /// <exception cref="UaasException">It does not build, or the wishes do not fit it.</exception>
    internal static async Task<BuildPlan> ForProjectAsync(ServiceProject project, BuildWishes wishes)
    {
        using RunTarget target = await project.BuildAsync().ConfigureAwait(false);
        return ForService(target.Service, KernelsOf(target), wishes);
    }

    /// <summary>Of a kernel, whoever built it.</summary>
    /// <exception cref="UaasException">It is none.</exception>
    internal static BuildPlan ForKernel(string path, BuildWishes wishes)
    {
        var kernel = KernelFile.Recognise(path);
        ServiceDescription service = KernelTarget.Describe(KernelTarget.NameOf(path), kernel);
        return new BuildPlan
        {
            Configuration = ConfigurationFor(service, wishes) with { Networks = kernel.Networks, Blocks = kernel.Blocks },
            Kernels = [new KernelSource(KindOf(kernel.Format), path)],
        };
    }

    /// <summary>The kind under which an image holds a kernel of a format.</summary>
    internal static string KindOf(KernelFormat format) => format.ToString().ToLowerInvariant();

    private static BuildPlan ForService(ServiceDescription service, IReadOnlyList<KernelSource> kernels, BuildWishes wishes) => new()
    {
        Configuration = ConfigurationFor(service, wishes),
        Kernels = kernels,
        ContentDirectory = DirectoryFor(service, wishes.Content),
        SiteConfiguration = wishes.Configuration,
        IndexesFilms = service.IndexesFilms,
    };

    /// <summary>The kernels that a project builds: not every project builds for every monitor.</summary>
    private static KernelSource[] KernelsOf(RunTarget target)
    {
        var kernels = new List<KernelSource>();
        foreach (string kind in Kinds)
        {
            try
            {
                kernels.Add(new KernelSource(kind, target.ImageFor(kind)));
            }
            catch (UaasException e) when (e.Failure == Failure.NotBuilt)
            {
                // It is for the others.
            }
        }
        return kernels.Count > 0 ? [.. kernels] : throw new UaasException(Failure.NotBuilt, $"{target.Service.Name} builds no image for any monitor");
    }

    private static string? DirectoryFor(ServiceDescription service, string? content) => content switch
    {
        null when service.Content == ContentUse.Required => throw new UaasException(Failure.Usage, $"{service.Name} needs the directory to serve: --content DIR"),
        not null when service.Content == ContentUse.None => throw new UaasException(Failure.Usage, $"{service.Name} serves no content: leave --content out"),
        not null when !Directory.Exists(content) => throw new UaasException(Failure.Content, $"there is no directory {content}"),
        _ => content is null ? null : Path.GetFullPath(content),
    };

    private static ImageConfiguration ConfigurationFor(ServiceDescription service, BuildWishes wishes) => new()
    {
        Service = service.Name,
        MemoryMebibytes = wishes.MemoryMebibytes ?? service.MemoryMebibytes,
        Networks = [Agent.TapLinks.DeviceName],
        Blocks = service.Content == ContentUse.None ? [] : [ContentImage.DeviceName],
        Ports = [.. service.Ports.Select(port => new ImagePort(port.Scheme, port.GuestPort))],
        Arguments = wishes.Arguments,
    };
}
