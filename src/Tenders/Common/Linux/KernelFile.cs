// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>The kernel as an open file.</summary>
internal readonly unsafe struct KernelFile : IKernelFile
{
    private KernelFile(int descriptor, ulong length)
    {
        Descriptor = descriptor;
        Length = length;
    }

    /// <inheritdoc/>
    public ulong Length { get; }

    internal int Descriptor { get; }

    /// <inheritdoc/>
    public bool TryRead(ulong offset, Span<byte> destination)
    {
        if (offset > Length || (ulong)destination.Length > Length - offset) return false;
        fixed (byte* first = destination) return Kernel.ReadAt(Descriptor, first, destination.Length, (nint)offset) == destination.Length;
    }

    /// <summary>Opens the kernel, or refuses.</summary>
    internal static KernelFile Open(ReadOnlySpan<byte> path)
    {
        long descriptor;
        fixed (byte* first = path) descriptor = Kernel.Open(first, 0);
        if (descriptor < 0) Tender.Refuse(TenderError.KernelOpenFailed, path, 0, descriptor);
        long result = FileStatus.Read((int)descriptor, out FileStatus status);
        if (result < 0 || !status.IsRegularFile) Tender.Refuse(TenderError.KernelNotAFile, path);
        return new KernelFile((int)descriptor, (ulong)status.Size);
    }
}
