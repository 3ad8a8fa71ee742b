// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Tenders;

/// <summary>
/// A guest's device manifest: a view over its bytes, checked by <see cref="TryCheck"/> before anything else is asked of it.
/// A device's handle is its index here, so devices are 1 and up.
/// </summary>
public readonly ref struct Manifest
{
    /// <summary>Entries at most, the reserved first one included.</summary>
    public const int MaxEntries = 64;

    /// <summary>Bytes of the largest manifest.</summary>
    public const int MaxSize = HeaderSize + MaxEntries * EntrySize;

    /// <summary>Bytes before the first entry.</summary>
    public const int HeaderSize = 8;

    /// <summary>Bytes of an entry.</summary>
    public const int EntrySize = 104;

    private const int NameSize = 68;
    private const int TypeOffset = 68;
    private const int ContentOffset = 72;
    private const int DescriptorOffset = 88;
    private const int AttachedOffset = 96;
    private const uint Version = 1;
    private const uint ReservedFirst = 0x40000000;

    private readonly Span<byte> _bytes;

    private Manifest(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Entries, the reserved first one included.</summary>
    public int Count => _bytes.Length / EntrySize;

    /// <summary>Bytes that the manifest takes.</summary>
    public int Size => _bytes.Length;

    /// <summary>Checks every rule on <paramref name="bytes"/> and gives a view over them.</summary>
    public static bool TryCheck(Span<byte> bytes, out Manifest manifest, out Failure failure)
    {
        manifest = default;
        failure = CheckHeader(bytes);
        if (failure.Error != TenderError.None) return false;
        Manifest candidate = new(bytes);
        for (int i = 1; i < candidate.Count; i++)
        {
            TenderError error = candidate.CheckEntry(i);
            if (error == TenderError.None) continue;
            failure = new Failure(error, default, (ulong)i);
            return false;
        }

        manifest = candidate;
        return true;
    }

    /// <summary>Whether <paramref name="name"/> can name a device: 1 to 67 letters and digits of ASCII.</summary>
    public static bool IsValidName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or >= NameSize) return false;
        for (int i = 0; i < name.Length; i++)
        {
            byte lower = (byte)(name[i] | 0x20);
            bool valid = name[i] is >= (byte)'0' and <= (byte)'9' || lower is >= (byte)'a' and <= (byte)'z';
            if (!valid) return false;
        }

        return true;
    }

    /// <summary>The kind of device <paramref name="handle"/>.</summary>
    public DeviceKind Kind(int handle) => (DeviceKind)BinaryPrimitives.ReadUInt32LittleEndian(Entry(handle).Slice(TypeOffset));

    /// <summary>The name of device <paramref name="handle"/>.</summary>
    public ReadOnlySpan<byte> Name(int handle) => NameOf(Entry(handle));

    /// <summary>Whether device <paramref name="handle"/> has been attached.</summary>
    public bool IsAttached(int handle) => Entry(handle)[AttachedOffset] != 0;

    /// <summary>The host's descriptor of an attached device.</summary>
    public int Descriptor(int handle) => BinaryPrimitives.ReadInt32LittleEndian(Entry(handle).Slice(DescriptorOffset));

    /// <summary>Bytes of an attached block device.</summary>
    public ulong Capacity(int handle) => BinaryPrimitives.ReadUInt64LittleEndian(Entry(handle).Slice(ContentOffset));

    /// <summary>Largest IP packet of an attached network device.</summary>
    public uint Mtu(int handle) => BinaryPrimitives.ReadUInt16LittleEndian(Entry(handle).Slice(ContentOffset + 6));

    /// <summary>The handle of the device of this name; 0 where there is none.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        for (int i = 1; i < Count; i++)
        {
            if (Name(i).SequenceEqual(name)) return i;
        }

        return 0;
    }

    /// <summary>Attaches network device <paramref name="handle"/>; the MAC address's first byte is the highest of 48 bits.</summary>
    public void AttachNet(int handle, int descriptor, ulong mac, uint mtu)
    {
        Span<byte> entry = Entry(handle);
        for (int i = 0; i < 6; i++) entry[ContentOffset + i] = (byte)(mac >> (40 - 8 * i));
        BinaryPrimitives.WriteUInt16LittleEndian(entry.Slice(ContentOffset + 6), (ushort)mtu);
        MarkAttached(entry, descriptor);
    }

    /// <summary>Attaches block device <paramref name="handle"/>.</summary>
    public void AttachBlock(int handle, int descriptor, ulong capacity, uint blockSize)
    {
        Span<byte> entry = Entry(handle);
        BinaryPrimitives.WriteUInt64LittleEndian(entry.Slice(ContentOffset), capacity);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.Slice(ContentOffset + 8), (ushort)blockSize);
        MarkAttached(entry, descriptor);
    }

    private static void MarkAttached(Span<byte> entry, int descriptor)
    {
        BinaryPrimitives.WriteInt32LittleEndian(entry.Slice(DescriptorOffset), descriptor);
        entry[AttachedOffset] = 1;
    }

    private static Failure CheckHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize) return new Failure(TenderError.ManifestSizeInvalid, default, (ulong)bytes.Length);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (version != Version) return new Failure(TenderError.ManifestWrongVersion, default, version);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(4));
        if (count is 0 or > MaxEntries) return new Failure(TenderError.ManifestCountInvalid, default, count);
        if (bytes.Length != HeaderSize + (int)count * EntrySize) return new Failure(TenderError.ManifestSizeInvalid, default, (ulong)bytes.Length);
        ReadOnlySpan<byte> first = bytes.Slice(HeaderSize, EntrySize);
        bool reserved = BinaryPrimitives.ReadUInt32LittleEndian(first.Slice(TypeOffset)) == ReservedFirst && first[0] == 0 && first[AttachedOffset] == 0;
        return reserved ? default : new Failure(TenderError.ManifestFirstEntryInvalid);
    }

    private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> entry)
    {
        ReadOnlySpan<byte> field = entry.Slice(0, NameSize);
        int length = field.IndexOf((byte)0);
        return length < 0 ? default : field.Slice(0, length);
    }

    private TenderError CheckEntry(int handle)
    {
        Span<byte> entry = Entry(handle);
        if (entry[NameSize - 1] != 0 || !IsValidName(NameOf(entry))) return TenderError.ManifestNameInvalid;
        if (Kind(handle) is not (DeviceKind.Block or DeviceKind.Net)) return TenderError.ManifestTypeUnknown;
        if (entry[AttachedOffset] != 0) return TenderError.ManifestAlreadyAttached;
        for (int i = 1; i < handle; i++)
        {
            if (Name(i).SequenceEqual(Name(handle))) return TenderError.ManifestNameRepeated;
        }

        return TenderError.None;
    }

    private Span<byte> Entry(int handle) => _bytes.Slice(HeaderSize + handle * EntrySize, EntrySize);
}
