// SPDX-License-Identifier: Apache-2.0

using System;

/// <summary>Short keys and the URLs they stand for: a hash table in room made at start-up. At its bound the oldest link goes.</summary>
internal sealed class LinkTable
{
    /// <summary>Characters of a key: 48 bits, so that nobody guesses one.</summary>
    internal const int KeyLength = 8;

    /// <summary>Bytes of a URL at most.</summary>
    internal const int MaxUrl = 500;

    private readonly ulong[] _keys;
    private readonly int[] _next;
    private readonly int[] _buckets;
    private readonly ushort[] _lengths;
    private readonly byte[] _urls;
    private int _oldest;

    /// <param name="capacity">Links at most.</param>
    internal LinkTable(int capacity)
    {
        _keys = new ulong[capacity];
        _next = new int[capacity];
        _buckets = new int[capacity];
        _lengths = new ushort[capacity];
        _urls = new byte[(long)capacity * MaxUrl];
    }

    /// <summary>Whether text is what a Location may lead to: http or https, of printable ASCII, not too long.</summary>
    internal static bool IsUrl(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxUrl || !(text.StartsWith("http://"u8) || text.StartsWith("https://"u8))) return false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is <= (byte)' ' or >= 0x7F) return false;
        }

        return true;
    }

    /// <summary>Turns random bytes into a key of letters, digits, '-' and '_'.</summary>
    internal static void MakeKey(Span<byte> random)
    {
        ReadOnlySpan<byte> alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8;
        for (int i = 0; i < random.Length; i++) random[i] = alphabet[random[i] & 63];
    }

    /// <summary>Keeps a URL that <see cref="IsUrl"/> was asked about.</summary>
    internal void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> url)
    {
        int place = _oldest;
        _oldest = (_oldest + 1) % _keys.Length;
        if (_lengths[place] != 0) Unlink(place);
        _keys[place] = Number(key);
        _lengths[place] = (ushort)url.Length;
        url.CopyTo(_urls.AsSpan(place * MaxUrl, MaxUrl));
        ref int bucket = ref BucketOf(_keys[place]);
        _next[place] = bucket;
        bucket = place + 1;
    }

    /// <summary>The URL of a key; false where there is none.</summary>
    internal bool TryFind(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> url)
    {
        url = default;
        if (key.Length != KeyLength) return false;
        ulong number = Number(key);
        for (int place = BucketOf(number); place != 0; place = _next[place - 1])
        {
            if (_keys[place - 1] != number) continue;
            url = _urls.AsSpan((place - 1) * MaxUrl, _lengths[place - 1]);
            return true;
        }

        return false;
    }

    private static ulong Number(ReadOnlySpan<byte> key)
    {
        ulong number = 0;
        for (int i = 0; i < KeyLength; i++) number = number << 8 | key[i];
        return number;
    }

    // Places are counted from 1, so that 0 ends a chain. Keys are random already: their remainder spreads them.
    private ref int BucketOf(ulong key) => ref _buckets[(int)(key % (ulong)_buckets.Length)];

    private void Unlink(int place)
    {
        ref int link = ref BucketOf(_keys[place]);
        while (link != place + 1) link = ref _next[link - 1];
        link = _next[place];
    }
}
