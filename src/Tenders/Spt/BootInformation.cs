// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders.Spt;

/// <summary>What an spt guest is told at its entry: 40 bytes at <see cref="Address"/>.</summary>
internal unsafe struct BootInformation
{
    /// <summary>Where guest memory starts.</summary>
    internal const ulong FirstByte = 0x10000;

    /// <summary>Where this structure lies.</summary>
    internal const ulong Address = 0x11000;

    /// <summary>Where the manifest lies.</summary>
    internal const ulong ManifestAddress = Address + 40;

    internal ulong MemorySize;
    internal ulong KernelEnd;
    internal byte* CommandLine;
    internal byte* Manifest;
    internal int EpollDescriptor;
    internal int TimerDescriptor;
}
