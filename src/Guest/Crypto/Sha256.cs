// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Numerics;

namespace Uaas.Crypto;

/// <summary>SHA-256 (FIPS 180-4, section 6.2) of bytes that come piece by piece.</summary>
public ref struct Sha256
{
    /// <summary>Bytes of a hash.</summary>
    public const int Length = 32;

    /// <summary>Bytes that are worked on at a time.</summary>
    public const int BlockLength = 64;

    // Words of 32 bits, from the highest byte.
    private static ReadOnlySpan<byte> Constants =>
    [
        0x42, 0x8a, 0x2f, 0x98, 0x71, 0x37, 0x44, 0x91, 0xb5, 0xc0, 0xfb, 0xcf, 0xe9, 0xb5, 0xdb, 0xa5,
        0x39, 0x56, 0xc2, 0x5b, 0x59, 0xf1, 0x11, 0xf1, 0x92, 0x3f, 0x82, 0xa4, 0xab, 0x1c, 0x5e, 0xd5,
        0xd8, 0x07, 0xaa, 0x98, 0x12, 0x83, 0x5b, 0x01, 0x24, 0x31, 0x85, 0xbe, 0x55, 0x0c, 0x7d, 0xc3,
        0x72, 0xbe, 0x5d, 0x74, 0x80, 0xde, 0xb1, 0xfe, 0x9b, 0xdc, 0x06, 0xa7, 0xc1, 0x9b, 0xf1, 0x74,
        0xe4, 0x9b, 0x69, 0xc1, 0xef, 0xbe, 0x47, 0x86, 0x0f, 0xc1, 0x9d, 0xc6, 0x24, 0x0c, 0xa1, 0xcc,
        0x2d, 0xe9, 0x2c, 0x6f, 0x4a, 0x74, 0x84, 0xaa, 0x5c, 0xb0, 0xa9, 0xdc, 0x76, 0xf9, 0x88, 0xda,
        0x98, 0x3e, 0x51, 0x52, 0xa8, 0x31, 0xc6, 0x6d, 0xb0, 0x03, 0x27, 0xc8, 0xbf, 0x59, 0x7f, 0xc7,
        0xc6, 0xe0, 0x0b, 0xf3, 0xd5, 0xa7, 0x91, 0x47, 0x06, 0xca, 0x63, 0x51, 0x14, 0x29, 0x29, 0x67,
        0x27, 0xb7, 0x0a, 0x85, 0x2e, 0x1b, 0x21, 0x38, 0x4d, 0x2c, 0x6d, 0xfc, 0x53, 0x38, 0x0d, 0x13,
        0x65, 0x0a, 0x73, 0x54, 0x76, 0x6a, 0x0a, 0xbb, 0x81, 0xc2, 0xc9, 0x2e, 0x92, 0x72, 0x2c, 0x85,
        0xa2, 0xbf, 0xe8, 0xa1, 0xa8, 0x1a, 0x66, 0x4b, 0xc2, 0x4b, 0x8b, 0x70, 0xc7, 0x6c, 0x51, 0xa3,
        0xd1, 0x92, 0xe8, 0x19, 0xd6, 0x99, 0x06, 0x24, 0xf4, 0x0e, 0x35, 0x85, 0x10, 0x6a, 0xa0, 0x70,
        0x19, 0xa4, 0xc1, 0x16, 0x1e, 0x37, 0x6c, 0x08, 0x27, 0x48, 0x77, 0x4c, 0x34, 0xb0, 0xbc, 0xb5,
        0x39, 0x1c, 0x0c, 0xb3, 0x4e, 0xd8, 0xaa, 0x4a, 0x5b, 0x9c, 0xca, 0x4f, 0x68, 0x2e, 0x6f, 0xf3,
        0x74, 0x8f, 0x82, 0xee, 0x78, 0xa5, 0x63, 0x6f, 0x84, 0xc8, 0x78, 0x14, 0x8c, 0xc7, 0x02, 0x08,
        0x90, 0xbe, 0xff, 0xfa, 0xa4, 0x50, 0x6c, 0xeb, 0xbe, 0xf9, 0xa3, 0xf7, 0xc6, 0x71, 0x78, 0xf2,
    ];

    private readonly Span<uint> _state;
    private readonly Span<byte> _block;
    private long _length;

    private Sha256(Span<uint> state, Span<byte> block, long length)
    {
        _state = state;
        _block = block;
        _length = length;
    }

    /// <summary>Begins a hash.</summary>
    /// <param name="state">Eight words, which are the hash's until it is finished.</param>
    /// <param name="block"><see cref="BlockLength"/> bytes, likewise.</param>
    public Sha256(Span<uint> state, Span<byte> block)
    {
        _state = state;
        _block = block;
        state[0] = 0x6a09e667;
        state[1] = 0xbb67ae85;
        state[2] = 0x3c6ef372;
        state[3] = 0xa54ff53a;
        state[4] = 0x510e527f;
        state[5] = 0x9b05688c;
        state[6] = 0x1f83d9ab;
        state[7] = 0x5be0cd19;
    }

    /// <summary>Goes on with a hash whose state and block were kept.</summary>
    /// <param name="state">The words, as the hash left them.</param>
    /// <param name="block">Its block, likewise.</param>
    /// <param name="length">Bytes that were added so far.</param>
    public static Sha256 Resume(Span<uint> state, Span<byte> block, long length) => new(state, block, length);

    /// <summary>The hash of some bytes.</summary>
    public static void Hash(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        Sha256 hash = new(stackalloc uint[8], stackalloc byte[BlockLength]);
        hash.Append(bytes);
        hash.Finish(destination);
    }

    /// <summary>Adds bytes.</summary>
    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length != 0)
        {
            int used = (int)(_length % BlockLength);
            int count = Math.Min(BlockLength - used, bytes.Length);
            bytes[..count].CopyTo(_block[used..]);
            bytes = bytes[count..];
            _length += count;
            if (used + count == BlockLength) Compress();
        }
    }

    /// <summary>Writes the hash, of <see cref="Length"/> bytes.</summary>
    public void Finish(scoped Span<byte> destination)
    {
        const int lengthOffset = BlockLength - sizeof(ulong);
        long bits = _length * 8;
        int used = (int)(_length % BlockLength);
        _block[used++] = 0x80;
        if (used > lengthOffset)
        {
            _block[used..].Clear();
            Compress();
            used = 0;
        }

        _block[used..lengthOffset].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(_block[lengthOffset..], (ulong)bits);
        Compress();
        for (int i = 0; i < _state.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(destination[(4 * i)..], _state[i]);
    }

    private readonly void Compress()
    {
        Span<uint> schedule = stackalloc uint[64];
        for (int i = 0; i < 16; i++) schedule[i] = BinaryPrimitives.ReadUInt32BigEndian(_block[(4 * i)..]);
        for (int i = 16; i < schedule.Length; i++)
        {
            uint early = schedule[i - 15];
            uint late = schedule[i - 2];
            uint small0 = BitOperations.RotateRight(early, 7) ^ BitOperations.RotateRight(early, 18) ^ early >> 3;
            uint small1 = BitOperations.RotateRight(late, 17) ^ BitOperations.RotateRight(late, 19) ^ late >> 10;
            schedule[i] = schedule[i - 16] + small0 + schedule[i - 7] + small1;
        }

        uint a = _state[0], b = _state[1], c = _state[2], d = _state[3], e = _state[4], f = _state[5], g = _state[6], h = _state[7];
        for (int i = 0; i < schedule.Length; i++)
        {
            uint big1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            uint first = h + big1 + (e & f ^ ~e & g) + BinaryPrimitives.ReadUInt32BigEndian(Constants[(4 * i)..]) + schedule[i];
            uint big0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            uint second = big0 + (a & b ^ a & c ^ b & c);
            h = g;
            g = f;
            f = e;
            e = d + first;
            d = c;
            c = b;
            b = a;
            a = first + second;
        }

        _state[0] += a;
        _state[1] += b;
        _state[2] += c;
        _state[3] += d;
        _state[4] += e;
        _state[5] += f;
        _state[6] += g;
        _state[7] += h;
    }
}
