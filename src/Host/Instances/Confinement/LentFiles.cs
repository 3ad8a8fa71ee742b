// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Instances.Confinement;

/// <summary>
/// Files for a monitor that opens them by itself, and runs as a user who has no right to their paths. It inherits them open: QEMU takes a block device's by
/// its number, and opens kernels anew, for which a file that not everybody may read is copied. Disposing closes what was opened for this.
/// </summary>
internal sealed class LentFiles : IDisposable
{
    private const UnixFileMode ForOthers = UnixFileMode.OtherRead;

    private readonly List<SafeFileHandle> _opened = [];
    private readonly List<string> _options = [];

    /// <summary>The descriptors to pass on.</summary>
    internal IReadOnlyList<SafeFileHandle> Inherited => _opened;

    /// <summary>QEMU's options for them.</summary>
    internal IReadOnlyList<string> Options => _options;

    /// <summary>The instance with paths that its monitor can open.</summary>
    internal InstanceSpec Lend(InstanceSpec spec)
    {
        var blocks = new List<BlockAttachment>(spec.Blocks.Count);
        foreach (BlockAttachment block in spec.Blocks)
            blocks.Add(block.IsWritable ? block : block with { Path = LendBlock(block.Path) });
        bool isDrive = spec.Format is Kernels.KernelFormat.Disk or Kernels.KernelFormat.Iso;
        return spec with
        {
            Image = isDrive ? LendBlock(spec.Image) : LendKernel(spec.Image),
            InitialFiles = spec.InitialFiles is { } files ? LendKernel(files) : null,
            Blocks = blocks,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _opened.ForEach(file => file.Dispose());

    /// <summary>QEMU takes a descriptor only for what it was opened for: to read.</summary>
    private string LendBlock(string path)
    {
        SafeFileHandle file = Open(path);
        nint descriptor = file.DangerousGetHandle();
        _options.AddRange(["-add-fd", $"fd={descriptor},set={descriptor}"]);
        return $"/dev/fdset/{descriptor}";
    }

    private string LendKernel(string path)
    {
        SafeFileHandle file = Open(path);
        if (OperatingSystem.IsLinux() && (File.GetUnixFileMode(file) & ForOthers) == 0)
            file = Copy(file);
        return $"/proc/self/fd/{file.DangerousGetHandle()}";
    }

    private SafeFileHandle Open(string path)
    {
        SafeFileHandle file = File.OpenHandle(path);
        _opened.Add(file);
        return file;
    }

    private SafeFileHandle Copy(SafeFileHandle file)
    {
        const uint closeOnExec = 1;
        SafeFileHandle copy = Libc.CreateMemoryFile("kernel", closeOnExec);
        if (copy.IsInvalid)
            throw SystemCallException.Last("memfd_create");
        _opened.Add(copy);
        byte[] buffer = new byte[1 << 20];
        for (long offset = 0; RandomAccess.Read(file, buffer, offset) is > 0 and int count; offset += count)
            RandomAccess.Write(copy, buffer.AsSpan(0, count), offset);
        return copy;
    }
}
