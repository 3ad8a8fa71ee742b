// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Numerics;

namespace Uaas.Http;

/// <summary>What a scan found.</summary>
public enum HeadScanResult : byte
{
    /// <summary>The head goes on in bytes that have not come yet.</summary>
    Incomplete,

    /// <summary>All of the head is there.</summary>
    Complete,

    /// <summary>It is to be rejected.</summary>
    Rejected,
}

/// <summary>
/// Finds the lines of a request head, and that nothing but CRLF ends them and no other control character is in them. It goes on where it
/// stopped when there were too few bytes, and keeps nothing else of a head that trickles in.
/// </summary>
public struct HeadScanner
{
    /// <summary>A one in each of eight bytes.</summary>
    private const ulong Each = 0x0101_0101_0101_0101;

    /// <summary>The high bit of each of eight bytes.</summary>
    private const ulong HighBits = 0x8080_8080_8080_8080;

    private int _position;
    private int _lineStart;
    private int _lineCount;

    /// <summary>Whether some bytes have been seen and not the end.</summary>
    public readonly bool IsUnderWay => _position > 0;

    /// <summary>Lines found, the request line first, without the empty one that ends the head.</summary>
    public readonly int LineCount => _lineCount;

    /// <summary>Bytes of the complete head.</summary>
    public readonly int Length => _position;

    /// <summary>
    /// Scans <paramref name="data"/>, which begins with the head and repeats what was seen before. <paramref name="lineEnds"/> takes the offset of the CR of
    /// each line found in this call.
    /// </summary>
    public HeadScanResult Scan(ReadOnlySpan<byte> data, HttpLimits limits, Span<ushort> lineEnds, out RequestRejection rejection)
    {
        rejection = RequestRejection.None;
        while (true)
        {
            int control = _position + FindControl(data[_position..]);
            _position = control;
            if (_lineCount == 0 && control > limits.MaxRequestLine) return Reject(RequestRejection.RequestLineTooLong, out rejection);
            if (control + 2 > limits.MaxHeadSize) return Reject(RequestRejection.HeadTooLarge, out rejection);
            if (control == data.Length) return HeadScanResult.Incomplete;
            if (data[control] != '\r') return Reject(data[control] == '\n' ? RequestRejection.BareLineFeed : RequestRejection.ControlCharacter, out rejection);
            if (control + 1 == data.Length) return HeadScanResult.Incomplete;
            if (data[control + 1] != '\n') return Reject(RequestRejection.BareCarriageReturn, out rejection);
            _position = control + 2;
            if (control == _lineStart) return HeadScanResult.Complete;
            if (_lineCount > limits.MaxHeaderCount) return Reject(RequestRejection.TooManyHeaders, out rejection);
            lineEnds[_lineCount++] = (ushort)control;
            _lineStart = _position;
        }
    }

    /// <summary>Offset of the first control character other than a tab; the length if there is none.</summary>
    public static int FindControl(ReadOnlySpan<byte> data)
    {
        int i = 0;
        for (; i <= data.Length - sizeof(ulong); i += sizeof(ulong))
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(data[i..]);
            if (!MayHaveControl(word)) continue;
            ulong found = Controls(word);
            if (found != 0) return i + (BitOperations.TrailingZeroCount(found) >> 3);
        }

        for (; i < data.Length; i++)
        {
            if (data[i] < 0x20 ? data[i] != '\t' : data[i] == 0x7F) break;
        }

        return i;
    }

    /// <summary>Whether one of eight bytes may be below 0x20 or be 0x7F: never wrong about a no, and quick.</summary>
    private static bool MayHaveControl(ulong word) => (((word - Each * 0x20) | (word + Each)) & ~word & HighBits) != 0;

    /// <summary>The high bit of each of eight bytes that is a control character other than a tab.</summary>
    private static ulong Controls(ulong word) => Zeroes(word & (Each * 0xE0)) & ~Zeroes(word ^ (Each * '\t')) | Zeroes(word ^ (Each * 0x7F));

    /// <summary>The high bit of each of eight bytes that is 0.</summary>
    private static ulong Zeroes(ulong word) => ~(((word & ~HighBits) + ~HighBits) | word) & HighBits;

    private static HeadScanResult Reject(RequestRejection reason, out RequestRejection rejection)
    {
        rejection = reason;
        return HeadScanResult.Rejected;
    }
}
