// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Instances.Kernels;

/// <summary>What a file that can be booted is, by its content.</summary>
public enum KernelFormat
{
    /// <summary>An ELF for Solo5's spt.</summary>
    Spt,

    /// <summary>An ELF for Solo5's hvt.</summary>
    Hvt,

    /// <summary>An ELF with a PVH entry.</summary>
    Pvh,

    /// <summary>A Multiboot 1 kernel that QEMU loads by itself.</summary>
    Multiboot,

    /// <summary>A 64-bit ELF with a Multiboot 1 header, which QEMU refuses: <see cref="MultibootImage"/> makes one of it that QEMU takes.</summary>
    Multiboot64,

    /// <summary>A Linux kernel, bzImage.</summary>
    Linux,

    /// <summary>A bootable disk, byte for byte.</summary>
    Disk,

    /// <summary>A bootable CD, ISO 9660.</summary>
    Iso,
}

/// <summary>How a guest is told its address, besides by DHCP, which is there for all of them.</summary>
public enum ArgumentStyle
{
    /// <summary>By DHCP alone.</summary>
    None,

    /// <summary>As our own guests: <c>ip=A/P gw=G name=N</c>.</summary>
    Uaas,

    /// <summary>MirageOS: <c>--ipv4=A/P --ipv4-gateway=G</c>.</summary>
    Mirage,

    /// <summary>Unikraft: <c>netdev.ip=A/P:G</c>.</summary>
    Unikraft,

    /// <summary>Linux: <c>ip=A::G:MASK:NAME:eth0:off</c>.</summary>
    Linux,
}
