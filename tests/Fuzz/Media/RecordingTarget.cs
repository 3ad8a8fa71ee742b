// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Uaas.Content;
using Uaas.Devices;
using Uaas.Media.Live;
using Uaas.Media.Recording;

namespace Uaas.Fuzz.Media;

/// <summary>
/// A device for recordings whose pages are the input, with right checksums, so that nothing but the reader's own checks stands between it and harm: mounts it,
/// reads all that it claims to hold, removes some, and mounts it again.
/// </summary>
internal sealed class RecordingTarget : IFuzzTarget
{
    private const int PageSize = 4096;
    private const int DeviceSize = 1 << 20;

    // Of each page, so many bytes come from the input: enough for all fields.
    private const int Piece = 192;

    private readonly byte[] _bytes = new byte[DeviceSize];
    private readonly byte[] _buffer = new byte[5000];
    private readonly StreamTable _streams = new(1, 1 << 16, 1);
    private readonly Device _device;

    public RecordingTarget()
    {
        _device = new Device(_bytes);
        Seeds = [Seed(sequences: 1, hasSummary: true), Seed(sequences: 2, hasSummary: false)];
        foreach (byte[] seed in Seeds)
        {
            // Were the seed itself refused, no input would get far.
            Fill(seed);
            Expect(RecordingVolume.Mount(_device, 1, out RecordingVolume? volume) == MountResult.Ok && volume!.Count == 1 && volume[0].IsPlayable);
        }
    }

    public IReadOnlyList<byte[]> Seeds { get; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Fill(input);
        if (Explore()) Explore();
    }

    /// <summary>Pieces: a page's number in 16 bits, then what it begins with.</summary>
    private void Fill(ReadOnlySpan<byte> input)
    {
        Array.Clear(_bytes);
        for (; input.Length > 2; input = input[Math.Min(Piece + 2, input.Length)..])
        {
            int page = BinaryPrimitives.ReadUInt16LittleEndian(input) % (DeviceSize / PageSize);
            ReadOnlySpan<byte> piece = input[2..Math.Min(Piece + 2, input.Length)];
            Span<byte> whole = _bytes.AsSpan(page * PageSize, PageSize);
            piece.CopyTo(whole);
            Seal(whole, page);
        }
    }

    /// <summary>Whether there was a volume.</summary>
    private bool Explore()
    {
        if (RecordingVolume.Mount(_device, 1, out RecordingVolume? volume) != MountResult.Ok) return false;
        Expect(volume!.FreeBytes >= 0 && volume.FreeBytes <= volume.Capacity);
        Recorder recorder = new(volume, _streams, new RecorderSettings(), new Silence());
        Expect(RecordingList.Write(_buffer, recorder, -1, 10) <= _buffer.Length);
        RecordingBodyPool pool = new();
        int seen = 0;
        for (int slot = 0; slot < volume.Slots; slot++)
        {
            if (!volume[slot].IsPlayable) continue;
            seen++;
            if (!volume.TryFindKey(slot, 1000, isTime: true, out long position)) position = volume[slot].Prologue;
            Expect(position >= 0 && position <= volume[slot].BodyLength);
            RecordingBody body = pool.Take(volume, slot, position);
            for (long at = 0; at < body.Length && at < DeviceSize; at += _buffer.Length)
                _ = body.Read(at, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, body.Length - at)));
            body.Release();
            if (seen == 2) volume.Remove(slot);
        }

        Expect(seen <= volume.Count + 1);
        return true;
    }

    /// <summary>What a page has to be sealed as is in what it says of itself, or follows from its place.</summary>
    private void Seal(Span<byte> page, int number)
    {
        ulong key = 0x1234;
        const int firstSegment = 2;
        int within = (number - firstSegment) % 64;
        if (number < firstSegment) RecordingFormat.Seal(page, 0, PageKind.Superblock, 0);
        else if (within == 0) RecordingFormat.Seal(page, BinaryPrimitives.ReadUInt64LittleEndian(page[RecordingFormat.HeaderKey..]), PageKind.SegmentHeader, BinaryPrimitives.ReadUInt32LittleEndian(page[RecordingFormat.HeaderSequence..]));
        else if (within == 63) RecordingFormat.Seal(page, key, PageKind.SegmentFooter, (number - firstSegment) / 64);
        else if (number < firstSegment + 64 && within == 1) RecordingFormat.Seal(page, key, PageKind.Summary, 0);
        else if (number < firstSegment + 64 && within < RecordingFormat.FirstPages) RecordingFormat.Seal(page, key, PageKind.Head, within - 2);
        else if (number < firstSegment + 64) RecordingFormat.Seal(page, key, PageKind.Body, within - RecordingFormat.FirstPages);
        else RecordingFormat.Seal(page, key, PageKind.Body, 41 + 62 * ((number - firstSegment) / 64 - 1) + within - 1);
    }

    /// <summary>A recording of so many segments: its headers, a few tags, footers, and a summary.</summary>
    private static byte[] Seed(int sequences, bool hasSummary)
    {
        List<byte> seed = [];
        Add(seed, 0, page =>
        {
            BinaryPrimitives.WriteUInt64LittleEndian(page, RecordingFormat.Magic);
            BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(8), RecordingFormat.MinSegmentSize);
        });
        for (int sequence = 0; sequence < sequences; sequence++)
        {
            RecordingEntry entry = new() { Key = 0x1234, Number = 1, Start = 1_700_000_000, Prologue = 20, Flags = 3 };
            uint which = (uint)sequence;
            Add(seed, 2 + 64 * sequence, page =>
            {
                byte[] whole = new byte[PageSize];
                SegmentHeader.Write(whole, in entry, "film"u8, which, 0, default);
                whole.AsSpan(0, Piece).CopyTo(page);
            });
            Add(seed, 2 + 64 * sequence + (sequence == 0 ? RecordingFormat.FirstPages : 1), page => new byte[] { 9, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0x17, 0, 0, 0, 0, 0, 0, 0, 16, 9, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0x17, 1, 0, 0, 0, 0, 0, 0, 16 }.CopyTo(page, 0));
            Add(seed, 2 + 64 * sequence + 63, page =>
            {
                BinaryPrimitives.WriteInt64LittleEndian(page, 41 * RecordingFormat.PayloadSize);
                BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(8), 40);
                BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(RecordingFormat.FooterCount), 1);
            });
        }

        if (hasSummary)
        {
            Add(seed, 3, page =>
            {
                BinaryPrimitives.WriteInt64LittleEndian(page, 40);
                BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(RecordingFormat.SummaryHead), 100);
                BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(RecordingFormat.SummaryCount), 2);
            });
            Add(seed, 4, page => page[0] = 1);
        }

        return [.. seed];
    }

    private static void Add(List<byte> seed, int number, Action<byte[]> fill)
    {
        byte[] page = new byte[Piece];
        fill(page);
        seed.AddRange([(byte)number, (byte)(number >> 8), .. page]);
    }

    private static void Expect(bool holds)
    {
        if (!holds) throw new InvalidOperationException("a promise is broken");
    }

    /// <summary>A device in memory.</summary>
    private sealed class Device(byte[] bytes) : BlockDevice
    {
        public override long Capacity => bytes.Length;

        public override int BlockSize => PageSize;

        public override BlockResult Read(long offset, Span<byte> destination)
        {
            if (!Contains(offset, destination.Length)) throw new InvalidOperationException("read outside the device");
            bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return BlockResult.Ok;
        }

        public override BlockResult Write(long offset, ReadOnlySpan<byte> source)
        {
            if (!Contains(offset, source.Length)) throw new InvalidOperationException("written outside the device");
            source.CopyTo(bytes.AsSpan((int)offset));
            return BlockResult.Ok;
        }
    }

    private sealed class Silence : RecorderHost
    {
        public override long Now => 0;

        public override long UnixSeconds => 0;

        public override void Began(ReadOnlySpan<byte> stream)
        {
        }

        public override void Ended(ReadOnlySpan<byte> stream, long bytes, long milliseconds)
        {
        }

        public override void Failed(ReadOnlySpan<byte> what, ReadOnlySpan<byte> stream)
        {
        }
    }
}
