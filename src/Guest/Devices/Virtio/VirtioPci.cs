// SPDX-License-Identifier: Apache-2.0

using Uaas.Devices.Pci;

namespace Uaas.Devices.Virtio;

/// <summary>
/// A virtio device on a PCI bus (virtio 1.2, 4.1), by its modern interface, which transitional devices have too. Its registers are where the firmware has
/// put them. It interrupts by message, all of its queues by the same one: who is woken looks at every queue.
/// </summary>
public sealed class VirtioPci : VirtioTransport
{
    private const int QueuesMax = 8;

    // 4.1.2, "PCI Device Discovery".
    private const ushort Vendor = 0x1af4;
    private const ushort FirstTransitional = 0x1000;
    private const ushort FirstModern = 0x1040;
    private const ushort LastModern = 0x107f;
    private const int DeviceIdentity = 0x02;
    private const int SubsystemIdentity = 0x2e;

    // 4.1.4.3, "Common configuration structure layout".
    private const int DeviceFeatureSelect = 0x00;
    private const int DeviceFeature = 0x04;
    private const int DriverFeatureSelect = 0x08;
    private const int DriverFeature = 0x0c;
    private const int ConfigurationVector = 0x10;
    private const int DeviceStatus = 0x14;
    private const int Generation = 0x15;
    private const int QueueSelect = 0x16;
    private const int QueueSize = 0x18;
    private const int QueueVector = 0x1a;
    private const int QueueEnable = 0x1c;
    private const int QueueNotifyOffset = 0x1e;
    private const int QueueDescriptors = 0x20;
    private const int QueueDriver = 0x28;
    private const int QueueDevice = 0x30;
    private const int CommonSize = 0x38;

    private const ushort NoVector = 0xffff;
    private const ushort TheVector = 0;
    private const uint NotifySizeMax = 64 * 1024;
    private const uint ConfigurationSizeMax = 4096;

    private readonly RegisterBlock _common;
    private readonly RegisterBlock _notify;
    private readonly RegisterBlock _configuration;
    private readonly uint _notifySize;
    private readonly uint _notifyMultiplier;
    private readonly uint _configurationSize;
    private readonly int[] _notifyOffsets = new int[QueuesMax];

    private VirtioPci(PciHost host, VirtioDeviceKind kind, VirtioPciStructure common, VirtioPciStructure notify, VirtioPciStructure configuration)
    {
        Kind = kind;
        _common = host.Map(common.Address, CommonSize);
        _notifySize = notify.Size < NotifySizeMax ? notify.Size : NotifySizeMax;
        _notify = host.Map(notify.Address, _notifySize);
        _notifyMultiplier = notify.Multiplier;
        _configurationSize = configuration.Size < ConfigurationSizeMax ? configuration.Size : ConfigurationSizeMax;
        _configuration = host.Map(configuration.Address, _configurationSize);
    }

    /// <inheritdoc/>
    public override VirtioDeviceKind Kind { get; }

    /// <inheritdoc/>
    public override VirtioStatus Status
    {
        get => (VirtioStatus)_common.Read8(DeviceStatus);
        set => _common.Write8(DeviceStatus, (byte)value);
    }

    /// <inheritdoc/>
    public override ulong DeviceFeatures
    {
        get
        {
            _common.Write32(DeviceFeatureSelect, 0);
            ulong low = _common.Read32(DeviceFeature);
            _common.Write32(DeviceFeatureSelect, 1);
            return low | (ulong)_common.Read32(DeviceFeature) << 32;
        }
    }

    /// <inheritdoc/>
    public override uint ConfigurationGeneration => _common.Read8(Generation);

    /// <summary>What kind of virtio device a function is; <see cref="VirtioDeviceKind.None"/> where it is none.</summary>
    public static VirtioDeviceKind KindOf(PciHost host, int function)
    {
        if (host.Read16(function, 0) != Vendor) return VirtioDeviceKind.None;
        ushort device = host.Read16(function, DeviceIdentity);
        if (device is >= FirstModern and <= LastModern) return (VirtioDeviceKind)(uint)(device - FirstModern);
        return device is >= FirstTransitional and < FirstModern ? (VirtioDeviceKind)host.Read16(function, SubsystemIdentity) : VirtioDeviceKind.None;
    }

    /// <summary>Finds a device's registers and has it interrupt by <paramref name="vector"/> of processor 0; null, and why, when it cannot be used.</summary>
    public static VirtioPci? TryOpen(PciHost host, int function, int vector, out VirtioError error)
    {
        PciFunction configuration = new(host, function);
        bool found = VirtioPciStructure.TryFind(host, function, VirtioPciStructure.CommonKind, CommonSize, out VirtioPciStructure common)
            & VirtioPciStructure.TryFind(host, function, VirtioPciStructure.NotifyKind, sizeof(ushort), out VirtioPciStructure notify);
        if (!found)
        {
            error = VirtioError.NoModernInterface;
            return null;
        }

        // A device without anything to configure need not have the structure.
        if (!VirtioPciStructure.TryFind(host, function, VirtioPciStructure.DeviceKind, sizeof(uint), out VirtioPciStructure device)) device = common.WithSize(0);
        configuration.Enable();
        error = MessageInterrupts.TryEnable(host, function, vector) ? VirtioError.None : VirtioError.NoMessageInterrupts;
        return error == VirtioError.None ? new VirtioPci(host, VirtioPci.KindOf(host, function), common, notify, device) : null;
    }

    /// <inheritdoc/>
    public override void AcceptFeatures(ulong features)
    {
        _common.Write32(DriverFeatureSelect, 0);
        _common.Write32(DriverFeature, (uint)features);
        _common.Write32(DriverFeatureSelect, 1);
        _common.Write32(DriverFeature, (uint)(features >> 32));
        _common.Write16(ConfigurationVector, NoVector);
    }

    /// <inheritdoc/>
    public override uint GetQueueCapacity(int index)
    {
        _common.Write16(QueueSelect, (ushort)index);
        if (index >= QueuesMax || _common.Read16(QueueEnable) != 0) return 0;
        _notifyOffsets[index] = 0;
        ulong offset = (ulong)_common.Read16(QueueNotifyOffset) * _notifyMultiplier;
        if (offset + sizeof(ushort) > _notifySize || (offset & 1) != 0) return 0;
        _notifyOffsets[index] = (int)offset;
        return _common.Read16(QueueSize);
    }

    /// <inheritdoc/>
    public override void AttachQueue(int index, VirtQueue queue)
    {
        _common.Write16(QueueSelect, (ushort)index);
        _common.Write16(QueueSize, (ushort)queue.Size);
        _common.Write16(QueueVector, TheVector);
        WriteAddress(QueueDescriptors, queue.DescriptorsAddress);
        WriteAddress(QueueDriver, queue.AvailableAddress);
        WriteAddress(QueueDevice, queue.UsedAddress);
        _common.Write16(QueueEnable, 1);
    }

    /// <inheritdoc/>
    public override void Notify(int index) => _notify.Write16(_notifyOffsets[index], (ushort)index);

    /// <summary>A message needs no acknowledgement.</summary>
    public override void AcknowledgeInterrupt()
    {
    }

    /// <inheritdoc/>
    public override byte ReadConfiguration8(int offset) => Has(offset, sizeof(byte)) ? _configuration.Read8(offset) : (byte)0;

    /// <inheritdoc/>
    public override ushort ReadConfiguration16(int offset) => Has(offset, sizeof(ushort)) ? _configuration.Read16(offset) : (ushort)0;

    /// <inheritdoc/>
    public override uint ReadConfiguration32(int offset) => Has(offset, sizeof(uint)) ? _configuration.Read32(offset) : 0;

    private bool Has(int offset, int size) => (uint)(offset + size) <= _configurationSize;

    private void WriteAddress(int register, ulong address)
    {
        _common.Write32(register, (uint)address);
        _common.Write32(register + 4, (uint)(address >> 32));
    }
}
