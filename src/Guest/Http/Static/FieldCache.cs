// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http.Static;

/// <summary>
/// The response fields of files asked for lately, as they were written. They cannot change, as the image cannot; to write them anew costs more than to find the file.
/// Each file has one place where its fields can be; another file with the same place takes it.
/// </summary>
internal sealed class FieldCache
{
    /// <summary>Most bytes of fields that are kept; longer ones are written each time.</summary>
    public const int MaxLength = 512;

    private const int Slots = 128;

    private readonly byte[] _texts = new byte[Slots * MaxLength];
    private readonly long[] _keys = new long[Slots];
    private readonly int[] _lengths = new int[Slots];

    /// <summary>The fields kept under a key; empty when there are none.</summary>
    /// <param name="key">Not 0.</param>
    public ReadOnlySpan<byte> Find(long key)
    {
        int slot = SlotOf(key);
        return _keys[slot] == key ? _texts.AsSpan(slot * MaxLength, _lengths[slot]) : default;
    }

    /// <summary>Keeps fields under a key.</summary>
    public void Add(long key, ReadOnlySpan<byte> fields)
    {
        if (fields.Length > MaxLength)
        {
            return;
        }

        int slot = SlotOf(key);
        _keys[slot] = key;
        _lengths[slot] = fields.Length;
        fields.CopyTo(_texts.AsSpan(slot * MaxLength));
    }

    private static int SlotOf(long key) => (int)((ulong)key * 0x9E3779B97F4A7C15 >> 57);
}
