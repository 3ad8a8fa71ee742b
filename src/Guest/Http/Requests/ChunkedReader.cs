// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>What a <see cref="ChunkedReader"/> came to.</summary>
public enum ChunkStep : byte
{
    /// <summary>More bytes are needed.</summary>
    NeedMore,

    /// <summary>Content begins behind the consumed bytes.</summary>
    Content,

    /// <summary>The last chunk and the trailer section are complete.</summary>
    Done,

    /// <summary>The grammar is broken.</summary>
    Bad,

    /// <summary>Extensions or trailer fields are beyond their bound.</summary>
    TooLarge,
}

/// <summary>Frees chunked content from its framing (RFC 9112, 7.1). It goes on at any byte. Extensions and trailer fields are checked, bounded and ignored.</summary>
public struct ChunkedReader
{
    /// <summary>Bytes of chunk extensions and trailer section of one request at most.</summary>
    public const int MaxOverhead = 8192;

    /// <summary>Hexadecimal digits of a chunk size at most, leading zeros counted.</summary>
    public const int MaxSizeDigits = 15;

    private State _state;
    private long _left;
    private int _digits;
    private int _overhead;

    private enum State : byte
    {
        Size,
        Extension,
        SizeEnd,
        Content,
        ContentEnd,
        ContentLineFeed,
        TrailerStart,
        TrailerName,
        TrailerValue,
        TrailerLineFeed,
        LastLineFeed,
        Done,
    }

    /// <summary>
    /// Reads framing up to the next content. With <see cref="ChunkStep.Content"/> the next <paramref name="content"/> bytes behind
    /// <paramref name="consumed"/> are content; say with <see cref="Take"/> how many of them were taken.
    /// </summary>
    public ChunkStep Read(ReadOnlySpan<byte> data, out int consumed, out int content)
    {
        content = 0;
        for (consumed = 0; consumed < data.Length; consumed++)
        {
            if (_state == State.Content)
            {
                content = (int)Math.Min(_left, data.Length - consumed);
                return ChunkStep.Content;
            }

            ChunkStep step = Accept(data[consumed]);
            if (step == ChunkStep.NeedMore) continue;
            if (step == ChunkStep.Done) consumed++;
            return step;
        }

        return ChunkStep.NeedMore;
    }

    /// <summary><paramref name="count"/> bytes of content were taken.</summary>
    public void Take(int count)
    {
        _left -= count;
        if (_left == 0) _state = State.ContentEnd;
    }

    private ChunkStep Accept(byte value)
    {
        switch (_state)
        {
            case State.Size:
                return AcceptSize(value);
            case State.Extension:
                if (value == '\r') return Go(State.SizeEnd);
                return IsText(value) ? CountOverhead() : ChunkStep.Bad;
            case State.SizeEnd:
                return Expect(value, '\n', _left == 0 ? State.TrailerStart : State.Content);
            case State.ContentEnd:
                return Expect(value, '\r', State.ContentLineFeed);
            case State.ContentLineFeed:
                _digits = 0;
                return Expect(value, '\n', State.Size);
            default:
                return AcceptTrailer(value);
        }
    }

    private ChunkStep AcceptSize(byte value)
    {
        int digit = Ascii.HexValue(value);
        if (digit >= 0)
        {
            if (++_digits > MaxSizeDigits) return ChunkStep.Bad;
            _left = _left << 4 | (long)digit;
            return ChunkStep.NeedMore;
        }

        if (_digits == 0) return ChunkStep.Bad;
        if (value == ';') return Go(State.Extension);
        return Expect(value, '\r', State.SizeEnd);
    }

    private ChunkStep AcceptTrailer(byte value)
    {
        switch (_state)
        {
            case State.TrailerStart:
                if (value == '\r') return Go(State.LastLineFeed);
                _state = State.TrailerName;
                return Ascii.IsToken(value) ? CountOverhead() : ChunkStep.Bad;
            case State.TrailerName:
                if (value == ':') return Go(State.TrailerValue);
                return Ascii.IsToken(value) ? CountOverhead() : ChunkStep.Bad;
            case State.TrailerValue:
                if (value == '\r') return Go(State.TrailerLineFeed);
                return IsText(value) ? CountOverhead() : ChunkStep.Bad;
            case State.TrailerLineFeed:
                return Expect(value, '\n', State.TrailerStart);
            case State.LastLineFeed:
                _state = State.Done;
                return value == '\n' ? ChunkStep.Done : ChunkStep.Bad;
            default:
                return ChunkStep.Bad;
        }
    }

    private ChunkStep Go(State state)
    {
        _state = state;
        return ChunkStep.NeedMore;
    }

    private ChunkStep Expect(byte value, char expected, State state) => value == expected ? Go(state) : ChunkStep.Bad;

    private ChunkStep CountOverhead() => ++_overhead > MaxOverhead ? ChunkStep.TooLarge : ChunkStep.NeedMore;

    private static bool IsText(byte value) => value >= 0x20 ? value != 0x7F : value == '\t';
}
