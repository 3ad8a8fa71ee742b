// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Networking.Lanes;

/// <summary>Where things lie in the memory of lanes and of their directory, all little endian. docs/lanes.md has it; guests and tenders know the same numbers.</summary>
internal static class LaneLayout
{
    /// <summary>Lanes of an instance that wait for instances started after it.</summary>
    internal const int OwnLanes = 4;

    /// <summary>Lanes of an instance at most: beside its own, those of instances started before it.</summary>
    internal const int MaxLanes = 8;

    /// <summary>Ports that a lane's entry names at most, each way.</summary>
    internal const int MaxPorts = 11;

    private const int HeaderSize = 4096;

    internal const int DirectionSize = HeaderSize + (1 << 20);
    internal const int LaneSize = 2 * DirectionSize;

    /// <summary>Who has had a lane from its beginning reads the second of its directions; there it says which generation it has given up.</summary>
    internal const int OwnerLeftOffset = DirectionSize + 192;

    internal const int DirectorySize = 4096;
    internal const uint Magic = 0x314C4155; // "UAL1"
    internal const int VersionOffset = 4;
    internal const int CountOffset = 8;
    internal const int EntriesOffset = 64;
    internal const int EntrySize = 64;

    internal const int GenerationOffset = 0;
    internal const int RetiredOffset = 4;
    internal const int SideOffset = 8;
    internal const int PeerOffset = 12;
    internal const int OwnPortCountOffset = 16;
    internal const int PeerPortCountOffset = 18;
    internal const int OwnPortsOffset = 20;
    internal const int PeerPortsOffset = OwnPortsOffset + 2 * MaxPorts;
}
