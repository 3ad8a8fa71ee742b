// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders;

/// <summary>Kinds of device a guest can have; the number in its manifest.</summary>
public enum DeviceKind : uint
{
    /// <summary>Not yet known.</summary>
    None = 0,

    /// <summary>A block device.</summary>
    Block = 1,

    /// <summary>An Ethernet device.</summary>
    Net = 2,
}

/// <summary>All that the command line says about one device.</summary>
public struct DeviceOptions
{
    /// <summary>The device's name in the manifest.</summary>
    public ArgumentText Name;

    /// <summary>What the options given so far make of it.</summary>
    public DeviceKind Kind;

    /// <summary>Tap name or file path, to the end of its argument and so NUL-terminated; nothing for <see cref="Descriptor"/>.</summary>
    public ArgumentText Source;

    /// <summary>Whether <c>@FD</c> was given in place of a tap's name or a file's path.</summary>
    public bool HasDescriptor;

    /// <summary>The open descriptor to use, where there is one.</summary>
    public int Descriptor;

    /// <summary>Whether <c>--block-ro:</c> attached it.</summary>
    public bool ReadOnly;

    /// <summary>MAC address, first byte highest; 0 for a random one.</summary>
    public ulong Mac;

    /// <summary>Largest IP packet in bytes; 0 to ask the interface.</summary>
    public uint Mtu;

    /// <summary>Bytes of a block; 0 for <see cref="Solo5.DefaultBlockSize"/>.</summary>
    public uint SectorSize;

    /// <summary>Whether something attaches the device.</summary>
    public readonly bool HasSource => HasDescriptor || Source.IsGiven;
}
