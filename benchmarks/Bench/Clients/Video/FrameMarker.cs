// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Diagnostics;

namespace Uaas.Bench.Clients.Video;

/// <summary>What the publisher writes over the end of each picture, or of its first 64 KiB, and viewers find in the bytes they get: which picture it is, and when it was sent.</summary>
/// <param name="Number">Pictures since the publisher began; a key frame's is negative.</param>
/// <param name="SentAt">A <see cref="Stopwatch"/> timestamp.</param>
internal readonly record struct FrameMarker(int Number, long SentAt)
{
    /// <summary>Bytes of a marker.</summary>
    internal const int Size = 24;

    private static ReadOnlySpan<byte> Magic => "uaas-marker!"u8;

    /// <summary>Whether a picture by which decoding can begin.</summary>
    internal bool IsKey => Number < 0;

    /// <summary>Whether a packet has room for one; the end of a sequence, which is no picture, has not.</summary>
    internal static bool Fits(ReadOnlySpan<byte> body) => body.Length >= 2 * Size;

    /// <summary>Marks a picture, or the first chunk of one, that is sent now and has room for it.</summary>
    internal static void Write(Span<byte> body, int number, bool isKey)
    {
        Span<byte> place = body[^Size..];
        Magic.CopyTo(place);
        BinaryPrimitives.WriteInt32LittleEndian(place[12..], isKey ? -number : number);
        BinaryPrimitives.WriteInt64LittleEndian(place[16..], Stopwatch.GetTimestamp());
    }

    /// <summary>Finds the first marker that is there whole, and where it ends.</summary>
    internal static bool TryFind(ReadOnlySpan<byte> bytes, out FrameMarker marker, out int end)
    {
        marker = default;
        int start = bytes.IndexOf(Magic);
        end = start + Size;
        if (start < 0 || bytes.Length < end)
            return false;
        marker = new FrameMarker(BinaryPrimitives.ReadInt32LittleEndian(bytes[(start + 12)..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[(start + 16)..]));
        return true;
    }
}
