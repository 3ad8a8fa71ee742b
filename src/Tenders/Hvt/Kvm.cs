// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders.Hvt;

/// <summary>Numbers of Linux's KVM interface (linux/kvm.h, Documentation/virt/kvm/api.rst).</summary>
internal static class Kvm
{
    internal const int Version = 12;

    internal const uint GetApiVersion = 0xAE00;
    internal const uint CreateVm = 0xAE01;
    internal const uint CheckExtension = 0xAE03;
    internal const uint GetRunSize = 0xAE04;
    internal const uint GetSupportedCpuid = 0xC008AE05;
    internal const uint CreateProcessor = 0xAE41;
    internal const uint SetMemoryRegion = 0x4020AE46;
    internal const uint SetRegisters = 0x4090AE82;
    internal const uint GetSystemRegisters = 0x8138AE83;
    internal const uint SetSystemRegisters = 0x4138AE84;
    internal const uint SetCpuid2 = 0x4008AE90;
    internal const uint GetTscKhz = 0xAEA3;

    internal const int UserMemoryCapability = 3;
    internal const int ExtendedCpuidCapability = 7;
    internal const int GetTscKhzCapability = 61;

    // Offsets in the page that a virtual processor shares with the tender (struct kvm_run).
    internal const int ExitReasonOffset = 8;
    internal const int ExitDetailOffset = 32;

    internal const uint ExitIo = 2;
    internal const uint ExitMmio = 6;
    internal const uint ExitShutdown = 8;
    internal const uint ExitMemoryFault = 39;

    // Offsets in struct kvm_regs, of 64-bit words.
    internal const int RegisterCount = 18;
    internal const int Rdi = 5;
    internal const int Rsp = 6;
    internal const int Rip = 16;
    internal const int Rflags = 17;
}
