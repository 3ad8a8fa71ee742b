// SPDX-License-Identifier: Apache-2.0

// Devices mapped into memory, as QEMU's microvm has them (virtio 1.2, 4.2). QEMU gives eight slots of 512 bytes and names those in use on the kernel's
// command line, "virtio_mmio.device=512@0xfeb02800:12" for size, address and interrupt. Its default is the legacy interface, which is not supported; so:
//
//   qemu-system-x86_64 -M microvm -global virtio-mmio.force-legacy=false \
//     -netdev tap,id=n0,ifname=tap0,script=no -device virtio-net-device,netdev=n0 \
//     -drive if=none,id=d0,file=disk.img,format=raw -device virtio-blk-device,drive=d0

namespace Uaas.Devices.Virtio;

/// <summary>A virtio device behind memory-mapped registers, version 2 (modern).</summary>
public sealed class VirtioMmio : VirtioTransport
{
    /// <summary>Bytes of registers that are always there; the device's configuration begins here.</summary>
    public const int ConfigurationOffset = 0x100;

    // Table 4.1, "MMIO Device Register Layout".
    private const int MagicValue = 0x000;
    private const int Version = 0x004;
    private const int DeviceId = 0x008;
    private const int DeviceFeaturesRegister = 0x010;
    private const int DeviceFeaturesSelect = 0x014;
    private const int DriverFeatures = 0x020;
    private const int DriverFeaturesSelect = 0x024;
    private const int QueueSelect = 0x030;
    private const int QueueSizeMax = 0x034;
    private const int QueueSize = 0x038;
    private const int QueueReady = 0x044;
    private const int QueueNotify = 0x050;
    private const int InterruptAcknowledge = 0x064;
    private const int StatusRegister = 0x070;
    private const int QueueDescriptorsLow = 0x080;
    private const int QueueDriverLow = 0x090;
    private const int QueueDeviceLow = 0x0a0;
    private const int ConfigurationGenerationRegister = 0x0fc;

    private const uint Magic = 0x74726976; // "virt"
    private const uint ModernVersion = 2;
    private const uint AllInterrupts = 3; // used buffers, configuration change

    private readonly RegisterBlock _registers;

    private VirtioMmio(RegisterBlock registers)
    {
        _registers = registers;
        Kind = (VirtioDeviceKind)registers.Read32(DeviceId);
    }

    /// <inheritdoc/>
    public override VirtioDeviceKind Kind { get; }

    /// <inheritdoc/>
    public override VirtioStatus Status
    {
        get => (VirtioStatus)_registers.Read32(StatusRegister);
        set => _registers.Write32(StatusRegister, (uint)value);
    }

    /// <inheritdoc/>
    public override ulong DeviceFeatures
    {
        get
        {
            _registers.Write32(DeviceFeaturesSelect, 0);
            ulong low = _registers.Read32(DeviceFeaturesRegister);
            _registers.Write32(DeviceFeaturesSelect, 1);
            return low | ((ulong)_registers.Read32(DeviceFeaturesRegister) << 32);
        }
    }

    /// <inheritdoc/>
    public override uint ConfigurationGeneration => _registers.Read32(ConfigurationGenerationRegister);

    /// <summary>Looks at what is behind the registers; null, and why, when it is no modern virtio transport. An empty slot is one of kind None.</summary>
    public static VirtioMmio? TryOpen(RegisterBlock registers, out VirtioError error)
    {
        error = registers.Read32(MagicValue) != Magic ? VirtioError.NotVirtio
            : registers.Read32(Version) != ModernVersion ? VirtioError.LegacyTransport
            : VirtioError.None;
        return error == VirtioError.None ? new VirtioMmio(registers) : null;
    }

    /// <inheritdoc/>
    public override void AcceptFeatures(ulong features)
    {
        _registers.Write32(DriverFeaturesSelect, 0);
        _registers.Write32(DriverFeatures, (uint)features);
        _registers.Write32(DriverFeaturesSelect, 1);
        _registers.Write32(DriverFeatures, (uint)(features >> 32));
    }

    /// <inheritdoc/>
    public override uint GetQueueCapacity(int index)
    {
        _registers.Write32(QueueSelect, (uint)index);
        return _registers.Read32(QueueReady) != 0 ? 0 : _registers.Read32(QueueSizeMax);
    }

    /// <inheritdoc/>
    public override void AttachQueue(int index, VirtQueue queue)
    {
        _registers.Write32(QueueSelect, (uint)index);
        _registers.Write32(QueueSize, (uint)queue.Size);
        WriteAddress(QueueDescriptorsLow, queue.DescriptorsAddress);
        WriteAddress(QueueDriverLow, queue.AvailableAddress);
        WriteAddress(QueueDeviceLow, queue.UsedAddress);
        _registers.Write32(QueueReady, 1);
    }

    /// <inheritdoc/>
    public override void Notify(int index) => _registers.Write32(QueueNotify, (uint)index);

    /// <inheritdoc/>
    public override void AcknowledgeInterrupt() => _registers.Write32(InterruptAcknowledge, AllInterrupts);

    /// <inheritdoc/>
    public override byte ReadConfiguration8(int offset) => _registers.Read8(ConfigurationOffset + offset);

    /// <inheritdoc/>
    public override ushort ReadConfiguration16(int offset) => _registers.Read16(ConfigurationOffset + offset);

    /// <inheritdoc/>
    public override uint ReadConfiguration32(int offset) => _registers.Read32(ConfigurationOffset + offset);

    private void WriteAddress(int lowRegister, ulong address)
    {
        _registers.Write32(lowRegister, (uint)address);
        _registers.Write32(lowRegister + 4, (uint)(address >> 32));
    }
}
