// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders;

/// <summary>An attached device, at the index that is its handle.</summary>
public struct Device
{
    /// <summary>None where no device is attached.</summary>
    public DeviceKind Kind;

    /// <summary>The host's descriptor.</summary>
    public int Descriptor;

    /// <summary>Of a block device: whether writing is refused.</summary>
    public bool ReadOnly;

    /// <summary>Of a network device: whether frames on the descriptor carry a virtio_net_hdr.</summary>
    public bool HasNetHeader;

    /// <summary>Of a network device: largest IP packet in bytes.</summary>
    public uint Mtu;

    /// <summary>Of a block device: bytes of a block.</summary>
    public uint BlockSize;

    /// <summary>Of a block device: bytes.</summary>
    public ulong Capacity;
}
