// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Uaas.Devices.Virtio.Tests;

/// <summary>The device's side of the MMIO transport (virtio 1.2, 4.2.2), strict: a driver that departs from the specification gets an exception.</summary>
internal sealed class MockDevice(VirtioDeviceKind kind, ulong features, params int[] queueSizes) : RegisterBlock
{
    private readonly uint[] _queueSize = new uint[queueSizes.Length];
    private readonly ulong[,] _queueAddress = new ulong[queueSizes.Length, 3];
    private readonly PeerQueue?[] _queues = new PeerQueue?[queueSizes.Length];
    private uint _deviceFeaturesSelect;
    private uint _driverFeaturesSelect;
    private uint _queueSelect;

    public uint Magic { get; set; } = 0x74726976;

    public uint Version { get; set; } = 2;

    public bool RefusesFeatures { get; set; }

    /// <summary>Changes the generation on each look, as a device that is reconfigured all the time.</summary>
    public bool KeepsChanging { get; set; }

    public byte[] Configuration { get; } = new byte[64];

    public ulong AcceptedFeatures { get; private set; }

    public uint Status { get; private set; }

    public List<uint> StatusHistory { get; } = [];

    /// <summary>Queue numbers that the driver has notified, in order.</summary>
    public List<int> Notifications { get; } = [];

    /// <summary>Called at each notification, as if the device worked at once.</summary>
    public Action<int>? Notified { get; set; }

    private uint _generation;

    public PeerQueue Queue(int index) => _queues[index] ?? throw new InvalidOperationException($"queue {index} was not attached");

    public bool IsAttached(int index) => _queues[index] != null;

    public VirtioMmio Open() => VirtioMmio.TryOpen(this, out _)!;

    public override byte Read8(int offset) => Configuration[ConfigurationIndex(offset, 1)];

    public override ushort Read16(int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(Configuration.AsSpan(ConfigurationIndex(offset, 2)));

    public override uint Read32(int offset)
    {
        switch (offset)
        {
            case 0x000: return Magic;
            case 0x004: return Version;
            case 0x008: return (uint)kind;
            case 0x010: return _deviceFeaturesSelect switch { 0 => (uint)features, 1 => (uint)(features >> 32), _ => 0 };
            case 0x034: return _queueSelect < queueSizes.Length ? (uint)queueSizes[_queueSelect] : 0;
            case 0x044: return _queueSelect < queueSizes.Length && _queues[_queueSelect] != null ? 1u : 0;
            case 0x070: return Status;
            case 0x0fc: return KeepsChanging ? _generation++ : _generation;
            default: return BinaryPrimitives.ReadUInt32LittleEndian(Configuration.AsSpan(ConfigurationIndex(offset, 4)));
        }
    }

    public override void Write8(int offset, byte value) => throw new InvalidOperationException($"8 bits written to register {offset:x}");

    public override void Write16(int offset, ushort value) => throw new InvalidOperationException($"16 bits written to register {offset:x}");

    public override void Write32(int offset, uint value)
    {
        switch (offset)
        {
            case 0x014: _deviceFeaturesSelect = value; break;
            case 0x020: AcceptFeatures(value); break;
            case 0x024: _driverFeaturesSelect = value; break;
            case 0x030: _queueSelect = value; break;
            case 0x038: _queueSize[_queueSelect] = value; break;
            case 0x044: AttachQueue(value); break;
            case 0x050: Notify((int)value); break;
            case 0x064: break;
            case 0x070: SetStatus(value); break;
            case 0x080 or 0x090 or 0x0a0: SetAddress((offset - 0x080) >> 4, value, 0); break;
            case 0x084 or 0x094 or 0x0a4: SetAddress((offset - 0x080) >> 4, value, 32); break;
            default: throw new InvalidOperationException($"write to register {offset:x}");
        }
    }

    private int ConfigurationIndex(int offset, int size)
    {
        if (offset < 0x100 || offset % size != 0)
        {
            throw new InvalidOperationException($"read of {size} bytes at register {offset:x}");
        }

        return offset - 0x100;
    }

    private void AcceptFeatures(uint value)
    {
        Require((Status & 8) == 0, "features written after FEATURES_OK");
        int shift = _driverFeaturesSelect == 1 ? 32 : 0;
        AcceptedFeatures = (AcceptedFeatures & ~(0xffff_fffful << shift)) | ((ulong)value << shift);
        Require((AcceptedFeatures & ~features) == 0, "a feature accepted that was not offered");
    }

    private void SetStatus(uint value)
    {
        StatusHistory.Add(value);
        if (value == 0)
        {
            Array.Clear(_queues);
            AcceptedFeatures = 0;
        }
        else
        {
            Require((value & 128) != 0 || (value & Status) == Status, "a status bit cleared without reset");
        }

        Status = RefusesFeatures ? value & ~8u : value;
    }

    private void SetAddress(int area, uint value, int shift)
    {
        ref ulong address = ref _queueAddress[_queueSelect, area];
        address = (address & ~(0xffff_fffful << shift)) | ((ulong)value << shift);
    }

    private void AttachQueue(uint ready)
    {
        Require(ready == 1 && (Status & 8) != 0 && (Status & 4) == 0, "a queue attached at the wrong time");
        uint size = _queueSize[_queueSelect];
        Require(size > 0 && size <= queueSizes[_queueSelect] && (size & (size - 1)) == 0, "a queue of a wrong size");
        ulong descriptors = _queueAddress[_queueSelect, 0];
        ulong available = _queueAddress[_queueSelect, 1];
        ulong used = _queueAddress[_queueSelect, 2];
        Require(descriptors % 16 == 0 && available % 2 == 0 && used % 4 == 0, "a queue that is not aligned");
        bool eventIndex = (AcceptedFeatures & VirtioFeature.EventIndex) != 0;
        _queues[_queueSelect] = new PeerQueue((int)size, descriptors, available, used, eventIndex);
    }

    private void Notify(int queue)
    {
        Require((Status & 4) != 0, "a notification before DRIVER_OK");
        Notifications.Add(queue);
        Notified?.Invoke(queue);
    }

    private static void Require(bool condition, string violation)
    {
        if (!condition)
        {
            throw new InvalidOperationException(violation);
        }
    }
}
