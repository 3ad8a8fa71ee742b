// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Devices.Virtio;

/// <summary>What kind of device is behind a transport (virtio 1.2, section 5).</summary>
public enum VirtioDeviceKind : uint
{
    /// <summary>An empty slot.</summary>
    None = 0,

    /// <summary>Network card (5.1).</summary>
    Network = 1,

    /// <summary>Block device (5.2).</summary>
    Block = 2,

    /// <summary>Entropy source (5.4).</summary>
    Entropy = 4,
}

/// <summary>How far driver and device have come with each other (virtio 1.2, 2.1).</summary>
[Flags]
public enum VirtioStatus : byte
{
    /// <summary>Reset.</summary>
    None = 0,

    /// <summary>The guest has noticed the device.</summary>
    Acknowledge = 1,

    /// <summary>The guest knows how to drive it.</summary>
    Driver = 2,

    /// <summary>The driver is set up.</summary>
    DriverOk = 4,

    /// <summary>Features are agreed.</summary>
    FeaturesOk = 8,

    /// <summary>The device lost its way and asks for a reset.</summary>
    NeedsReset = 64,

    /// <summary>The driver has given up on the device.</summary>
    Failed = 128,
}

/// <summary>Feature bits that any device may offer (virtio 1.2, section 6).</summary>
public static class VirtioFeature
{
    /// <summary>Notifications and interrupts are suppressed by index, not by flag (2.7.7.2, 2.7.10).</summary>
    public const ulong EventIndex = 1ul << 29;

    /// <summary>Not a legacy device.</summary>
    public const ulong Version1 = 1ul << 32;
}

/// <summary>Why a device cannot be used.</summary>
public enum VirtioError
{
    /// <summary>It can.</summary>
    None,

    /// <summary>There is no virtio device behind the transport's address.</summary>
    NotVirtio,

    /// <summary>The transport speaks only the legacy interface (QEMU: add <c>-global virtio-mmio.force-legacy=false</c>).</summary>
    LegacyTransport,

    /// <summary>A PCI device has no modern interface, or the firmware has given its registers no addresses.</summary>
    NoModernInterface,

    /// <summary>A PCI device cannot interrupt by message (MSI-X).</summary>
    NoMessageInterrupts,

    /// <summary>The device does not offer a feature without which the driver cannot work.</summary>
    FeatureMissing,

    /// <summary>The device does not accept the features chosen from its own offer.</summary>
    FeaturesRefused,

    /// <summary>A queue that this kind of device must have is missing or already in use.</summary>
    QueueUnavailable,

    /// <summary>The device's configuration makes no sense.</summary>
    BadConfiguration,

    /// <summary>Not enough memory for queues and buffers.</summary>
    OutOfMemory,
}
