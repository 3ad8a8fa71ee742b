// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Crypto;

namespace Uaas.Imaging;

/// <summary>The keys that URLs are signed by: several, so that one can take the place of another.</summary>
public sealed class SigningKeys
{
    /// <summary>Keys at most.</summary>
    public const int MaxKeys = 8;

    /// <summary>Bytes of a key, and of a salt, at most.</summary>
    public const int MaxLength = 128;

    private readonly byte[][] _keys = new byte[MaxKeys][];
    private readonly byte[][] _salts = new byte[MaxKeys][];
    private bool _allowsUnsigned;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Whether URLs may be unsigned: always while there are no keys.</summary>
    public bool AllowsUnsigned => Count == 0 || _allowsUnsigned;

    /// <summary>Lets URLs be unsigned though there are keys.</summary>
    public void AllowUnsigned() => _allowsUnsigned = true;

    /// <summary>Adds a key and the salt that goes with it; false where there are too many, or it is too long.</summary>
    public bool TryAdd(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
    {
        if (Count == MaxKeys || key.Length is 0 or > MaxLength || salt.Length > MaxLength) return false;
        _keys[Count] = Copy(key);
        _salts[Count++] = Copy(salt);
        return true;
    }

    /// <summary>Whether a signature (in base 64) is that of a path by one of the keys; always where there are none.</summary>
    public bool Verify(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> path)
    {
        if (Count == 0) return true;
        Span<byte> given = stackalloc byte[Sha256.Length];
        Span<byte> computed = stackalloc byte[Sha256.Length];
        if (!Base64Url.TryDecode(signature, given, out int length) || length != given.Length) return false;
        bool isGood = false;
        for (int i = 0; i < Count; i++)
        {
            HmacSha256.Compute(_keys[i], _salts[i], path, computed);
            isGood |= HmacSha256.AreEqual(given, computed);
        }

        return isGood;
    }

    private static byte[] Copy(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = new byte[bytes.Length];
        bytes.CopyTo(copy);
        return copy;
    }
}
