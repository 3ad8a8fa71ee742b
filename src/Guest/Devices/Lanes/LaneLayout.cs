// SPDX-License-Identifier: Apache-2.0

// A lane is memory that two linked instances share, so that their frames need no kernel: docs/lanes.md. It has two directions, each a header and a ring of
// records: u32 bytes of the frame, u32 zero, the frame, and up to the next multiple of 64 whatever there was. A record does not wrap: where it would, a record of
// zero bytes says that the next is at the ring's start. What the other instance can write is read once, and checked; where it is wrong, the lane is given up.

namespace Uaas.Devices.Lanes;

/// <summary>What a reader of a lane's direction says of itself, for the one who writes there.</summary>
internal static class ReaderState
{
    /// <summary>Nobody reads.</summary>
    internal const uint Absent = 0;

    /// <summary>It sleeps, and only its network device wakes it.</summary>
    internal const uint Asleep = 1;

    /// <summary>It looks here before it sleeps.</summary>
    internal const uint Awake = 2;

    /// <summary>It slept, and a frame over its network device is waking it: it looks here next. The writer says so, who sent that frame.</summary>
    internal const uint Called = 3;
}

/// <summary>Where things lie in the memory of lanes and of their directory, all little endian (docs/lanes.md).</summary>
internal static class LaneLayout
{
    /// <summary>Lanes of an instance that wait for instances started after it; in these it writes to the first direction.</summary>
    internal const int OwnLanes = 4;

    /// <summary>Lanes of an instance at most: beside its own, those of instances started before it.</summary>
    internal const int LanesMax = 8;

    /// <summary>Ports that a lane's entry names at most, each way.</summary>
    internal const int PortsMax = 11;

    /// <summary>Bytes of a direction's ring: a power of two.</summary>
    internal const int RingSize = 1 << 20;

    /// <summary>Bytes before the ring.</summary>
    internal const int HeaderSize = 4096;

    /// <summary>Bytes of a direction.</summary>
    internal const int DirectionSize = HeaderSize + RingSize;

    /// <summary>Bytes of a lane.</summary>
    internal const int LaneSize = 2 * DirectionSize;

    /// <summary>Bytes of a directory.</summary>
    internal const int DirectorySize = 4096;

    /// <summary>First four bytes of a directory: "UAL1".</summary>
    internal const uint Magic = 0x314C4155;

    // Of a direction's header, each on a cache line of its own: what its writer writes, then what its reader does.
    internal const int ProducedOffset = 0; // u32: bytes of all records so far, modulo 2^32
    internal const int ConsumedOffset = 64; // u32: bytes of records that were read
    internal const int StateOffset = 128; // u32: a reader's state
    internal const int LeftOffset = 192; // u32: the last generation that the reader has given up

    internal const int RecordHeaderSize = 8;
    internal const int RecordAlignment = 64;

    // Of the directory: u32 magic, u32 version, u32 lanes, then entries.
    internal const int VersionOffset = 4;
    internal const int CountOffset = 8;
    internal const int EntriesOffset = 64;
    internal const int EntrySize = 64;

    // Of an entry: u32 generation, u32 the last generation that is over, u32 direction to write to, u32 the peer's address, u16 and u16 the number of ports, then those.
    internal const int GenerationOffset = 0;
    internal const int RetiredOffset = 4;
    internal const int SideOffset = 8;
    internal const int PeerOffset = 12;
    internal const int OwnPortCountOffset = 16;
    internal const int PeerPortCountOffset = 18;
    internal const int OwnPortsOffset = 20;
    internal const int PeerPortsOffset = OwnPortsOffset + 2 * PortsMax;
}
