// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>
/// A guest's memory in the tender's address space: mapped without being touched, so that it costs what the guest uses. Segments of the kernel
/// are mapped from its file where its layout allows, so that instances share them.
/// </summary>
internal readonly unsafe struct GuestMemory
{
    private const int AdviseNoHugePages = 15;

    private readonly byte* _base;

    private GuestMemory(byte* zero, ulong size)
    {
        _base = zero;
        Size = size;
    }

    /// <summary>Bytes, from guest address 0.</summary>
    internal ulong Size { get; }

    /// <summary>Where guest address <paramref name="address"/> is in the tender.</summary>
    internal byte* this[ulong address] => _base + address;

    /// <summary>
    /// Maps readable and writable memory from guest address <paramref name="first"/> to <paramref name="size"/>; address 0 is at <paramref name="zero"/>.
    /// </summary>
    internal static GuestMemory Map(ulong zero, ulong first, ulong size)
    {
        nint start = (nint)(zero + first);
        nint length = (nint)(size - first);
        const int flags = Kernel.MapPrivate | Kernel.MapAnonymous | Kernel.MapNoReserve | Kernel.MapFixedNoReplace;
        long result = Kernel.Map(start, length, Kernel.ProtectRead | Kernel.ProtectWrite, flags);
        const int outOfMemory = -12;
        if (result == outOfMemory) Tender.Refuse(TenderError.MemoryUnavailable, default, size, result);
        if (result != start) Tender.Refuse(TenderError.AddressSpaceTaken, default, 0, Math.Min(result, 0));

        // One touched byte would cost 2 MiB. Kernels without huge pages refuse the advice, which is as good.
        Kernel.Call(SystemCall.MAdvise, start, length, AdviseNoHugePages);
        return new GuestMemory((byte*)zero, size);
    }

    /// <summary>A stretch of guest memory that is known to lie inside.</summary>
    internal Span<byte> Slice(ulong address, int length) => new(this[address], length);

    /// <summary>Loads every segment of a checked image. <paramref name="executable"/>: whether the guest runs in this very address space.</summary>
    internal void Load(in KernelImage image, in KernelFile file, bool executable)
    {
        for (int i = 0; i < image.SegmentCount; i++)
        {
            Segment segment = image[i];
            if (!segment.IsLoaded) continue;
            int protection = ProtectionOf(segment.Access, executable);
            if (!TryMap(segment, file.Descriptor, protection)) Copy(segment, file, protection);
        }
    }

    private static int ProtectionOf(SegmentAccess access, bool executable)
    {
        int protection = 0;
        if ((access & SegmentAccess.Read) != 0) protection |= Kernel.ProtectRead;
        if ((access & SegmentAccess.Write) != 0) protection |= Kernel.ProtectWrite;
        if ((access & SegmentAccess.Execute) != 0) protection |= executable ? Kernel.ProtectExecute : Kernel.ProtectRead;
        return protection;
    }

    /// <summary>Maps the file's pages; the zeroed memory after them is there already.</summary>
    private bool TryMap(in Segment segment, int descriptor, int protection)
    {
        ulong offsetInPage = segment.Address & (Solo5.PageSize - 1);
        bool writable = (protection & Kernel.ProtectWrite) != 0;
        bool hasTail = segment.MemorySize > segment.FileSize;
        if ((segment.FileOffset & (Solo5.PageSize - 1)) != offsetInPage || (hasTail && !writable)) return false;
        ulong start = segment.Address - offsetInPage;
        ulong fileEnd = segment.Address + segment.FileSize;
        ulong end = (fileEnd + Solo5.PageSize - 1) & ~(Solo5.PageSize - 1);
        nint length = (nint)(end - start);
        const int flags = Kernel.MapPrivate | Kernel.MapFixed;
        if (Kernel.Map((nint)this[start], length, protection, flags, descriptor, (nint)(segment.FileOffset - offsetInPage)) < 0) return false;
        if (hasTail) Slice(fileEnd, (int)(end - fileEnd)).Clear();
        if (writable) return true;
        Restrict(segment.Start, start, protection, segment.Address);
        Restrict(end, segment.End, protection, segment.Address);
        return true;
    }

    private void Copy(in Segment segment, in KernelFile file, int protection)
    {
        for (ulong done = 0; done < segment.FileSize;)
        {
            const ulong pieceMax = 1 << 30;
            ulong piece = Math.Min(segment.FileSize - done, pieceMax);
            long count = Kernel.ReadAt(file.Descriptor, this[segment.Address + done], (nint)piece, (nint)(segment.FileOffset + done));
            if (count <= 0) Tender.Refuse(TenderError.KernelReadFailed, default, 0, count);
            done += (ulong)count;
        }

        Restrict(segment.Start, segment.End, protection, segment.Address);
    }

    private void Restrict(ulong start, ulong end, int protection, ulong segment)
    {
        if (start >= end) return;
        long result = Kernel.Protect((nint)this[start], (nint)(end - start), protection);
        if (result < 0) Tender.Refuse(TenderError.ProtectFailed, default, segment, result);
    }
}
