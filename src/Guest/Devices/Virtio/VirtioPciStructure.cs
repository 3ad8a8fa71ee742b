// SPDX-License-Identifier: Apache-2.0

using Uaas.Devices.Pci;

namespace Uaas.Devices.Virtio;

/// <summary>Where one of a device's structures is, as a capability of its PCI function says (virtio 1.2, 4.1.4).</summary>
public readonly struct VirtioPciStructure
{
    /// <summary>Features, status, queues.</summary>
    public const byte CommonKind = 1;

    /// <summary>Where queues are notified.</summary>
    public const byte NotifyKind = 2;

    /// <summary>What is the device's own.</summary>
    public const byte DeviceKind = 4;

    private const byte VendorSpecific = 0x09;
    private const int KindField = 3;
    private const int BaseField = 4;
    private const int OffsetField = 8;
    private const int SizeField = 12;
    private const int MultiplierField = 16;
    private const int StructuresMax = 16;
    private const uint Alignment = 4;
    private const ulong AddressMax = 1ul << 46;

    private VirtioPciStructure(ulong address, uint size, uint multiplier)
    {
        Address = address;
        Size = size;
        Multiplier = multiplier;
    }

    /// <summary>Where it is in memory; a multiple of 4.</summary>
    public ulong Address { get; }

    /// <summary>Its bytes.</summary>
    public uint Size { get; }

    /// <summary>Of a notification structure: bytes between the places of two queues.</summary>
    public uint Multiplier { get; }

    /// <summary>The same place with another size.</summary>
    public VirtioPciStructure WithSize(uint size) => new(Address, size, 0);

    /// <summary>Finds the first structure of a kind that can be used: in memory, placed by the firmware, and of at least <paramref name="sizeMin"/> bytes.</summary>
    public static bool TryFind(PciHost host, int function, byte kind, uint sizeMin, out VirtioPciStructure structure)
    {
        PciFunction configuration = new(host, function);
        int capability = 0;
        for (int i = 0; i < StructuresMax; i++)
        {
            capability = configuration.FindCapability(VendorSpecific, capability);
            if (capability == 0) break;
            if (host.Read8(function, capability + KindField) != kind) continue;
            ulong start = configuration.GetBase(host.Read8(function, capability + BaseField));
            uint offset = host.Read32(function, capability + OffsetField);
            uint size = host.Read32(function, capability + SizeField);
            uint multiplier = kind == NotifyKind ? host.Read32(function, capability + MultiplierField) : 0;
            structure = new VirtioPciStructure(start + offset, size, multiplier);
            if (start != 0 && start < AddressMax && (offset & (Alignment - 1)) == 0 && size >= sizeMin) return true;
        }

        structure = default;
        return false;
    }
}
