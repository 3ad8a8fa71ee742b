// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Media.Recording;

/// <summary>Where somebody is in a recording: a hint, so that the next bytes are found without a walk from its beginning.</summary>
internal struct ReadingPlace
{
    internal int Segment;
    internal long Sequence;
}

/// <content>Reading recordings that are complete.</content>
public sealed partial class RecordingVolume
{
    private readonly PageCache _cache;

    /// <summary>Whether a recording is still what it was when somebody began to read it.</summary>
    internal bool Holds(int slot, ulong key) => _entries[slot].IsPlayable && _entries[slot].Key == key;

    /// <summary>Reads bytes of a recording's head; false where they cannot be had.</summary>
    internal bool TryReadHead(int slot, long offset, Span<byte> destination)
    {
        ref RecordingEntry entry = ref _entries[slot];
        while (!destination.IsEmpty)
        {
            int number = (int)(offset / RecordingFormat.PayloadSize);
            ReadOnlySpan<byte> page = _cache.Read(entry.First, 2 + number, entry.Key, PageKind.Head, number);
            if (page.IsEmpty) return false;
            Copy(page[(int)(offset % RecordingFormat.PayloadSize)..], ref offset, ref destination);
        }

        return true;
    }

    /// <summary>Reads bytes of a recording's tags, which are there; false where they cannot be had.</summary>
    internal bool TryReadBody(int slot, ref ReadingPlace place, long offset, Span<byte> destination)
    {
        ref RecordingEntry entry = ref _entries[slot];
        while (!destination.IsEmpty)
        {
            long number = offset / RecordingFormat.PayloadSize;
            long sequence = _layout.SequenceOf(number, out int within);
            if (!TryGo(in entry, ref place, sequence)) return false;
            ReadOnlySpan<byte> page = _cache.Read(place.Segment, within, entry.Key, PageKind.Body, number);
            if (page.IsEmpty) return false;
            Copy(page[(int)(offset % RecordingFormat.PayloadSize)..], ref offset, ref destination);
        }

        return true;
    }

    /// <summary>Finds the last entry of a recording's index that is not behind a start, by time or by position in the file.</summary>
    /// <param name="slot">The recording.</param>
    /// <param name="value">Milliseconds, or bytes of the file.</param>
    /// <param name="isTime">Which of them.</param>
    /// <param name="position">Where the tag begins, among all tags.</param>
    internal bool TryFindKey(int slot, long value, bool isTime, out long position)
    {
        ref RecordingEntry entry = ref _entries[slot];
        position = entry.Prologue;
        int low = 0;
        int high = entry.KeyCount - 1;
        while (low < high)
        {
            int middle = low + (high - low + 1) / 2;
            if (!TryReadKey(in entry, slot, middle, out long time, out long at)) return false;
            if ((isTime ? time : at + entry.HeadLength) <= value) low = middle;
            else high = middle - 1;
        }

        if (entry.KeyCount == 0) return true;
        return TryReadKey(in entry, slot, low, out _, out position) && position >= entry.Prologue && position < entry.BodyLength;
    }

    private bool TryReadKey(in RecordingEntry entry, int slot, int number, out long time, out long position)
    {
        Span<byte> bytes = stackalloc byte[RecordingHead.IndexEntrySize];
        bool isThere = TryReadHead(slot, entry.HeadLength + number * RecordingHead.IndexEntrySize, bytes);
        time = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        position = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        return isThere;
    }

    private bool TryGo(in RecordingEntry entry, ref ReadingPlace place, long sequence)
    {
        if (place.Sequence > sequence || place.Segment < 0) place = new ReadingPlace { Segment = entry.First };
        if (place.Sequence == 0) place.Segment = entry.First;
        for (; place.Sequence < sequence; place.Sequence++)
        {
            place.Segment = _next[place.Segment];
            if (place.Segment < 0) return false;
        }

        return true;
    }

    private static void Copy(ReadOnlySpan<byte> from, ref long offset, ref Span<byte> destination)
    {
        int count = Math.Min(from.Length, destination.Length);
        from[..count].CopyTo(destination);
        destination = destination[count..];
        offset += count;
    }
}
