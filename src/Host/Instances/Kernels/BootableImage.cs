// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Instances.Kernels;

/// <summary>A kernel's file in the form that its monitor takes: as it is or, where the monitor refuses that, made over in a file without a name.</summary>
public sealed class BootableImage : IDisposable
{
    private readonly UnnamedFile? _made;

    private BootableImage(string path, UnnamedFile? made)
    {
        Path = path;
        _made = made;
    }

    /// <summary>What to give to the monitor.</summary>
    public string Path { get; }

    /// <summary>The descriptor that the path leads to; null for an ordinary path.</summary>
    public SafeFileHandle? Inherited => _made?.Descriptor;

    /// <summary>Makes a kernel's file ready.</summary>
    /// <exception cref="UaasException">It is damaged, or there is no space for it.</exception>
    public static BootableImage Prepare(string path, KernelFormat format)
    {
        if (format != KernelFormat.Multiboot64)
            return new BootableImage(path, null);
        UnnamedFile? made = null;
        try
        {
            byte[] image = MultibootImage.Flatten(File.ReadAllBytes(path));
            made = UnnamedFile.Create(System.IO.Path.GetTempPath());
            RandomAccess.Write(made.Descriptor, image, 0);
            return new BootableImage(made.Path, made);
        }
        catch (Exception e) when (e is IOException or SystemCallException or UnauthorizedAccessException)
        {
            made?.Dispose();
            throw new UaasException(Failure.Disk, $"{path} cannot be made over for QEMU: {e.Message}", "free some space, or set TMPDIR to a folder with more", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _made?.Dispose();
}
