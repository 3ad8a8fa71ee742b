// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Platform;

/// <summary>
/// Reads a block device whole, in pieces of one block and of many, and says whether both sums agree; then writes its first block inverted, and asks
/// for what lies outside.
/// </summary>
internal static class Program
{
    private const int LargePiece = 64 * 1024;

    internal static void Main()
    {
        BlockDevice? disk = Machine.OpenBlock(0);
        if (disk is null)
        {
            Machine.Exit(2);
            return;
        }

        byte[] buffer = new byte[LargePiece];
        uint small = Sum(disk, buffer.AsSpan(0, disk.BlockSize));
        uint large = Sum(disk, buffer);
        Machine.Write(small == large ? "ok: pieces agree\n"u8 : "FAILED: pieces differ\n"u8);
        Say("read past the end"u8, disk.Read(disk.Capacity, buffer.AsSpan(0, disk.BlockSize)));
        Say("read half a block"u8, disk.Read(0, buffer.AsSpan(0, disk.BlockSize / 2)));
        Span<byte> block = buffer.AsSpan(0, disk.BlockSize);
        Say("read the first block"u8, disk.Read(0, block));
        for (int i = 0; i < block.Length; i++) block[i] = (byte)~block[i];
        Say("write the first block"u8, disk.Write(0, block));
        Say("write the last block"u8, disk.Write(disk.Capacity - disk.BlockSize, block));
        Machine.Exit((int)(small & 0x7F));
    }

    private static uint Sum(BlockDevice disk, Span<byte> piece)
    {
        uint sum = 0;
        for (long offset = 0; offset < disk.Capacity; offset += piece.Length)
        {
            if (disk.Capacity - offset < piece.Length) piece = piece.Slice(0, (int)(disk.Capacity - offset));
            if (disk.Read(offset, piece) != BlockResult.Ok) Machine.Exit(3);
            foreach (byte value in piece) sum = sum * 31 + value;
        }

        return sum;
    }

    private static void Say(ReadOnlySpan<byte> what, BlockResult result)
    {
        Machine.Write(what);
        Machine.Write(result switch
        {
            BlockResult.Ok => ": ok\n"u8,
            BlockResult.OutOfRange => ": out of range\n"u8,
            BlockResult.ReadOnly => ": read-only\n"u8,
            _ => ": device error\n"u8,
        });
    }
}
