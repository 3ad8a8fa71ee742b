// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Platform.Solo5;

/// <summary>What a manifest entry stands for.</summary>
internal enum DeviceType : uint
{
    Block = 1,
    Network = 2,
    Reserved = 0x4000_0000,
}

/// <summary>The devices that the tender has attached: Solo5's manifest, version 1.</summary>
internal unsafe struct Manifest
{
#pragma warning disable CS0649 // written by the tender
    internal uint Version;
    internal uint Count;
#pragma warning restore CS0649

    /// <summary>The handle of the device of that type and number (0 is the first), or -1.</summary>
    internal static int Find(Manifest* manifest, DeviceType type, int number)
    {
        for (int handle = 1; handle < manifest->Count; handle++)
        {
            if (Entry(manifest, handle)->Type == type && number-- == 0) return handle;
        }

        return -1;
    }

    /// <summary>The entry of a handle; entries follow the two words of the head.</summary>
    internal static ManifestEntry* Entry(Manifest* manifest, int handle) => (ManifestEntry*)(manifest + 1) + handle;
}

/// <summary>One device of the manifest, 104 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 104)]
internal unsafe struct ManifestEntry
{
    [FieldOffset(68)] internal DeviceType Type;
    [FieldOffset(72)] internal ulong BlockCapacity;
    [FieldOffset(80)] internal ushort BlockSize;
    [FieldOffset(72)] internal fixed byte MacAddress[6];
    [FieldOffset(78)] internal ushort Mtu;
    [FieldOffset(88)] internal int HostDescriptor;
    [FieldOffset(96)] internal byte Attached;
}
