// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform.Solo5;

namespace Uaas.Platform.Spt;

/// <summary>What an spt tender tells its guest at entry: 40 bytes.</summary>
internal unsafe struct BootInformation
{
#pragma warning disable CS0649 // written by the tender
    internal ulong MemorySize;
    internal ulong KernelEnd;
    internal byte* CommandLine;
    internal Manifest* Manifest;
    internal int EpollDescriptor;
    internal int TimerDescriptor;
#pragma warning restore CS0649
}
