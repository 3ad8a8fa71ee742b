// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Boot;

/// <summary>
/// What the host gives a guest to know beside its command line: values by name, as <c>env:</c> and <c>secrets:</c> of uaas.yaml name them (docs/tenders.md has the form).
/// It is checked whole, once; after that no accessor can fail.
/// </summary>
public readonly ref struct SettingsTable
{
    /// <summary>Entries at most.</summary>
    public const int MaxCount = 2000;

    /// <summary>Bytes of a name at most.</summary>
    public const int MaxName = 128;

    /// <summary>Bytes of a value at most.</summary>
    public const int MaxValue = 128 * 1024;

    private const int HeaderSize = 16;
    private const int EntrySize = 8;

    private readonly ReadOnlySpan<byte> _entries;

    private SettingsTable(ReadOnlySpan<byte> entries, int count)
    {
        _entries = entries;
        Count = count;
    }

    /// <summary>How many values there are.</summary>
    public int Count { get; }

    private static ReadOnlySpan<byte> Magic => "UAASENV1"u8;

    /// <summary>Reads a table; no bytes at all are an empty one. False where it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SettingsTable table)
    {
        table = default;
        if (bytes.IsEmpty) return true;
        if (bytes.Length < HeaderSize || !bytes.StartsWith(Magic)) return false;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        if (length < HeaderSize || length > (uint)bytes.Length || count > MaxCount) return false;
        ReadOnlySpan<byte> entries = bytes[HeaderSize..(int)length];
        if (!AreWhole(entries, (int)count)) return false;
        table = new SettingsTable(entries, (int)count);
        return true;
    }

    /// <summary>The value of that name; false where there is none. It stays where it is for as long as the bytes do.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> rest = _entries;
        for (int i = 0; i < Count; i++)
        {
            Take(ref rest, out ReadOnlySpan<byte> known, out value);
            if (known.SequenceEqual(name)) return true;
        }

        value = default;
        return false;
    }

    /// <summary>Every entry lies inside, names are words in ascending order, and nothing follows the last.</summary>
    private static bool AreWhole(ReadOnlySpan<byte> rest, int count)
    {
        ReadOnlySpan<byte> former = default;
        for (int i = 0; i < count; i++)
        {
            if (rest.Length < EntrySize) return false;
            uint nameLength = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            uint valueLength = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (nameLength is 0 or > MaxName || valueLength > MaxValue || (uint)(rest.Length - EntrySize) < nameLength + valueLength) return false;
            Take(ref rest, out ReadOnlySpan<byte> name, out _);
            if (!IsName(name) || !IsBefore(former, name)) return false;
            former = name;
        }

        return rest.IsEmpty;
    }

    private static void Take(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int nameLength = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest);
        int valueLength = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
        name = rest.Slice(EntrySize, nameLength);
        value = rest.Slice(EntrySize + nameLength, valueLength);
        rest = rest[(EntrySize + nameLength + valueLength)..];
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        foreach (byte letter in name)
        {
            bool isLetter = letter is >= (byte)'A' and <= (byte)'Z' or >= (byte)'a' and <= (byte)'z' or (byte)'_';
            if (!isLetter && letter is not (>= (byte)'0' and <= (byte)'9')) return false;
        }

        return name[0] is not (>= (byte)'0' and <= (byte)'9');
    }

    private static bool IsBefore(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        int length = Math.Min(one.Length, other.Length);
        for (int i = 0; i < length; i++)
        {
            if (one[i] != other[i]) return one[i] < other[i];
        }

        return one.Length < other.Length;
    }
}
