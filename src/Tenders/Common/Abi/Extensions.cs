// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Tenders;

/// <summary>What a guest may ask for beyond Solo5, and a tender may grant; docs/tenders.md describes each.</summary>
[Flags]
public enum GuestFeatures : uint
{
    /// <summary>Plain Solo5.</summary>
    None = 0,

    /// <summary>Frames of network devices carry a virtio_net_hdr, so that checksums and segmentation are left to the host.</summary>
    Offload = 1,

    /// <summary>The answer holds 32 bytes from the host's random number generator.</summary>
    Entropy = 2,

    /// <summary>SIGTERM to the tender reaches the guest as handle 0 in the ready set, once.</summary>
    Stop = 4,

    /// <summary>A block request may be of several blocks.</summary>
    LargeBlocks = 8,

    /// <summary>Settings of the host's for the guest lie at the end of its memory, read-only. Granted where there are some.</summary>
    Settings = 16,

    /// <summary>A frame may be written from several places: on spt, the guest may call writev on its network devices. hvt does not offer it.</summary>
    Gather = 32,

    /// <summary>Memory that linked instances share is mapped, where <see cref="LaneMemory"/> says. Granted where there is some; hvt does not offer it.</summary>
    Lanes = 64,
}

/// <summary>Where the memory of lanes to linked instances lies, above all memory of a guest; docs/lanes.md says what is in it.</summary>
public static class LaneMemory
{
    /// <summary>Lanes at most.</summary>
    public const int MaxLanes = 8;

    /// <summary>The directory, read-only.</summary>
    public const ulong Directory = 0x2_0000_0000;

    /// <summary>Bytes of the directory.</summary>
    public const long DirectorySize = 4096;

    /// <summary>The first lane; others follow at <see cref="Stride"/>.</summary>
    public const ulong FirstLane = 0x2_0040_0000;

    /// <summary>From one lane to the next.</summary>
    public const ulong Stride = 0x40_0000;

    /// <summary>Bytes of a lane: two headers of a page, two rings of 1 MiB.</summary>
    public const long LaneSize = 2 * (4096 + (1 << 20));
}

/// <summary>
/// The payload of a guest's <c>.note.uaas.ext</c>: what it asks for, and where in its memory it looks for the tender's answer.
/// A tender that does not know the note leaves that memory zero, so the guest sees no answer and keeps to plain Solo5.
/// </summary>
public readonly struct ExtensionRequest(GuestFeatures wanted, ulong answerAddress)
{
    /// <summary>Bytes of the payload: u32 wanted, u32 zero, u64 address.</summary>
    public const int Size = 16;

    /// <summary>Features the guest can use. Unknown bits are ignored.</summary>
    public GuestFeatures Wanted { get; } = wanted;

    /// <summary>Where the answer goes: <see cref="ExtensionAnswer.Size"/> writable bytes of the guest, aligned to 8. 0 for a guest without the note.</summary>
    public ulong AnswerAddress { get; } = answerAddress;

    /// <summary>Reads a payload of exactly <see cref="Size"/> bytes.</summary>
    public static ExtensionRequest Read(ReadOnlySpan<byte> payload) =>
        new((GuestFeatures)BinaryPrimitives.ReadUInt32LittleEndian(payload), BinaryPrimitives.ReadUInt64LittleEndian(payload.Slice(8)));
}

/// <summary>The tender's answer in guest memory; written before the guest's first instruction, never after.</summary>
public ref struct ExtensionAnswer
{
    /// <summary>Bytes of the answer.</summary>
    public const int Size = 80;

    /// <summary>"UAX1", little endian, in the answer's first four bytes.</summary>
    public const uint Magic = 0x31584155;

    /// <summary>Bytes of random seed.</summary>
    public const int SeedSize = 32;

    /// <summary>Bytes that a request of several blocks may have at most; the capacity's last such stretch is reached in single blocks.</summary>
    public const uint MaxBlockRequest = 256 * 1024;

    /// <summary>Bytes of the header before each frame of a device with offload: virtio_net_hdr without num_buffers.</summary>
    public const uint NetHeaderSize = 10;

    /// <summary>Features that hold from now on.</summary>
    public GuestFeatures Granted;

    /// <summary>Bit n: frames of handle n carry the header.</summary>
    public ulong OffloadHandles;

    /// <summary>Bit n: block device n is read-only.</summary>
    public ulong ReadOnlyHandles;

    /// <summary>Where the settings lie.</summary>
    public ulong SettingsAddress;

    /// <summary>Bytes of the settings; 0 for none.</summary>
    public uint SettingsLength;

    /// <summary><see cref="SeedSize"/> random bytes, or none.</summary>
    public ReadOnlySpan<byte> Seed;

    /// <summary>Writes the answer to the first <see cref="Size"/> bytes of <paramref name="destination"/>.</summary>
    public readonly void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(destination.Slice(4), Size);
        BinaryPrimitives.WriteUInt32LittleEndian(destination.Slice(8), (uint)Granted);
        BinaryPrimitives.WriteUInt32LittleEndian(destination.Slice(12), OffloadHandles != 0 ? NetHeaderSize : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination.Slice(16), OffloadHandles);
        BinaryPrimitives.WriteUInt64LittleEndian(destination.Slice(24), ReadOnlyHandles);
        BinaryPrimitives.WriteUInt32LittleEndian(destination.Slice(32), (Granted & GuestFeatures.LargeBlocks) != 0 ? MaxBlockRequest : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(destination.Slice(36), SettingsLength);
        BinaryPrimitives.WriteUInt64LittleEndian(destination.Slice(40), SettingsLength != 0 ? SettingsAddress : 0);
        Seed.CopyTo(destination.Slice(48, SeedSize));
    }
}
