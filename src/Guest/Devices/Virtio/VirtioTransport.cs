// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Devices.Virtio;

/// <summary>
/// The way to one virtio device: what virtio 1.2 section 4 asks of every transport. <see cref="VirtioMmio"/> is the one for
/// memory-mapped devices, <see cref="VirtioPci"/> the one for devices on a PCI bus.
/// </summary>
public abstract class VirtioTransport
{
    /// <summary>What is behind the transport.</summary>
    public abstract VirtioDeviceKind Kind { get; }

    /// <summary>The device status field (2.1). Writing 0 resets the device.</summary>
    public abstract VirtioStatus Status { get; set; }

    /// <summary>What the device offers (2.2).</summary>
    public abstract ulong DeviceFeatures { get; }

    /// <summary>Tells the device what the driver has chosen of it.</summary>
    public abstract void AcceptFeatures(ulong features);

    /// <summary>Entries that queue <paramref name="index"/> may have at most, 0 when there is no such queue or it is in use.</summary>
    public abstract uint GetQueueCapacity(int index);

    /// <summary>Hands queue <paramref name="index"/> to the device.</summary>
    public abstract void AttachQueue(int index, VirtQueue queue);

    /// <summary>Tells the device that queue <paramref name="index"/> has new buffers.</summary>
    public abstract void Notify(int index);

    /// <summary>Clears what the device has raised its interrupt for, so that it can raise it again.</summary>
    public abstract void AcknowledgeInterrupt();

    /// <summary>Reads 8 bits of the device's configuration at <paramref name="offset"/>.</summary>
    public abstract byte ReadConfiguration8(int offset);

    /// <summary>Reads 16 bits of the device's configuration at <paramref name="offset"/>.</summary>
    public abstract ushort ReadConfiguration16(int offset);

    /// <summary>Reads 32 bits of the device's configuration at <paramref name="offset"/>.</summary>
    public abstract uint ReadConfiguration32(int offset);

    /// <summary>Changes whenever the configuration does, so that fields wider than 32 bits can be read in one piece (2.5.1).</summary>
    public abstract uint ConfigurationGeneration { get; }

    /// <summary>Reads 64 bits of the device's configuration in one piece; false when the device keeps changing it.</summary>
    public bool TryReadConfiguration64(int offset, out ulong value)
    {
        const int Attempts = 16;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            uint before = ConfigurationGeneration;
            value = ReadConfiguration32(offset) | ((ulong)ReadConfiguration32(offset + 4) << 32);
            if (ConfigurationGeneration == before)
            {
                return true;
            }
        }

        value = 0;
        return false;
    }
}
