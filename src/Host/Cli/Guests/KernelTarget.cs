// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using Uaas.Instances.Kernels;
using Uaas.Linux;

namespace Uaas.Cli.Guests;

/// <summary>A file that can be booted, whoever built it, as something to run.</summary>
internal static class KernelTarget
{
    private const int NameMax = 32;

    /// <summary>The kernel at a path; null where there is no file.</summary>
    /// <exception cref="UaasException">The file is nothing that can be booted.</exception>
    internal static RunTarget? TryResolve(string path)
    {
        if (!File.Exists(path))
            return null;
        string full = Path.GetFullPath(path);
        var kernel = KernelFile.Recognise(full);
        string kind = MonitorKind(kernel.Format);
        return new RunTarget(Describe(NameOf(full), kernel), asked => asked == kind ? full
            : throw new UaasException(Failure.Image, $"{path} is a {kernel.Title}: {asked} does not run it"))
        {
            Has = asked => asked == kind,
            KernelFor = _ => kernel,
        };
    }

    /// <summary>The kind of images that the monitor runs which runs kernels of a format.</summary>
    internal static string MonitorKind(KernelFormat format) => format switch
    {
        KernelFormat.Spt => "spt",
        KernelFormat.Hvt => "hvt",
        _ => "pvh",
    };

    /// <summary>A service that consists of a kernel.</summary>
    internal static ServiceDescription Describe(string name, KernelFile kernel) => new()
    {
        Name = name,
        Title = kernel.Title,
        MemoryMebibytes = DefaultMemory(kernel.Format),
        Content = kernel.IsOurs && (kernel.Format == KernelFormat.Pvh || kernel.Blocks.Contains(ContentImage.DeviceName)) ? ContentUse.Optional : ContentUse.None,
    };

    /// <summary>The file's name without its ending, in the letters that a service's name may have.</summary>
    internal static string NameOf(string path)
    {
        string name = new([.. Path.GetFileNameWithoutExtension(path).ToLowerInvariant().Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-').Take(NameMax)]);
        return name.Trim('-') is { Length: > 0 } usable ? usable : "guest";
    }

    /// <summary>What such a guest commonly needs; memory that it does not touch costs nothing.</summary>
    private static int DefaultMemory(KernelFormat format) => format switch
    {
        KernelFormat.Spt or KernelFormat.Hvt => 128,
        KernelFormat.Pvh or KernelFormat.Multiboot or KernelFormat.Multiboot64 => 64,
        KernelFormat.Linux => 256,
        _ => 512,
    };
}
