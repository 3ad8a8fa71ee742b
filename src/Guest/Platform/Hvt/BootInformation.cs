// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform.Solo5;

namespace Uaas.Platform.Hvt;

/// <summary>What an hvt tender tells its guest at entry. Tenders before Solo5 0.11 wrote the first 40 bytes only.</summary>
internal unsafe struct BootInformation
{
#pragma warning disable CS0649 // written by the tender
    internal ulong MemorySize;
    internal ulong KernelEnd;
    internal ulong TimeStampFrequency;
    internal byte* CommandLine;
    internal Manifest* Manifest;
#pragma warning restore CS0649
}
