// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders.Hvt;

/// <summary>What an hvt guest is told at its entry: 56 bytes at <see cref="Address"/>. All addresses are the guest's.</summary>
internal struct BootInformation
{
    /// <summary>Where this structure lies.</summary>
    internal const ulong Address = 0x10000;

    /// <summary>Where the manifest lies.</summary>
    internal const ulong ManifestAddress = Address + 56;

    internal ulong MemorySize;
    internal ulong KernelEnd;
    internal ulong TimeStampFrequency;
    internal ulong CommandLine;
    internal ulong Manifest;

    /// <summary>Bit 0 would offer a network ring; this tender has none.</summary>
    internal uint HostFeatures;
    internal uint GuestFeatures;
    internal ulong NetRing;
}
