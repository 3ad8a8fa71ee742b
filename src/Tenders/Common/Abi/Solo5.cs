// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders;

/// <summary>Which of Solo5's bindings a guest was linked for; the number in its ABI note.</summary>
public enum SoloTarget : uint
{
    /// <summary>A KVM guest with hypercalls.</summary>
    Hvt = 1,

    /// <summary>A Linux process behind a system call filter.</summary>
    Spt = 2,

    /// <summary>A QEMU guest with legacy virtio.</summary>
    Virtio = 3,

    /// <summary>The Muen separation kernel.</summary>
    Muen = 4,

    /// <summary>A Xen PVH guest.</summary>
    Xen = 5,
}

/// <summary>Numbers that Solo5's guest interface fixes, for every tender.</summary>
public static class Solo5
{
    /// <summary>Version of the interface, the same for hvt and spt.</summary>
    public const uint AbiVersion = 2;

    /// <summary>Where guests are linked; nothing of a guest lies below.</summary>
    public const ulong GuestBase = 0x100000;

    /// <summary>Bytes of a page on x86-64.</summary>
    public const ulong PageSize = 0x1000;

    /// <summary>Bytes of a guest's command line at most, its final NUL included.</summary>
    public const int CommandLineSize = 8192;

    /// <summary>Block size where none is asked for.</summary>
    public const uint DefaultBlockSize = 512;

    /// <summary>Bytes of the Ethernet header that a frame has on top of the MTU.</summary>
    public const int EthernetHeaderSize = 14;
}
