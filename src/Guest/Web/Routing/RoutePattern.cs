// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Web;

/// <summary>What a segment of a pattern takes, from the most to the least particular.</summary>
internal enum SegmentKind : byte
{
    /// <summary>Itself.</summary>
    Literal,

    /// <summary>Any segment that is not empty: "{name}".</summary>
    Parameter,

    /// <summary>All the rest of the path, slashes and nothing included: "{*name}".</summary>
    Rest,
}

/// <summary>A run of bytes of a path or pattern, both of which are bounded well below 64 KiB.</summary>
internal readonly struct TextSlice(int start, int length)
{
    private readonly ushort _start = (ushort)start;
    private readonly ushort _length = (ushort)length;

    internal ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text) => text.Slice(_start, _length);
}

/// <summary>
/// A pattern of paths: literal segments, "{name}" for one segment, "{*name}" for the rest, as in "/users/{id}/files/{*path}". It is matched against decoded paths,
/// byte for byte.
/// </summary>
internal sealed class RoutePattern
{
    /// <summary>Parameters of a pattern at most.</summary>
    internal const int MaxParameters = 8;

    private const int MaxSegments = 16;

    private readonly byte[] _text;
    private readonly SegmentKind[] _kinds = new SegmentKind[MaxSegments];
    private readonly TextSlice[] _segments = new TextSlice[MaxSegments];
    private int _count;

    private RoutePattern(ReadOnlySpan<byte> text)
    {
        _text = new byte[text.Length];
        text.CopyTo(_text);
    }

    /// <summary>Reads a pattern; null where it is none.</summary>
    internal static RoutePattern? Read(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > ushort.MaxValue || text[0] != '/') return null;
        RoutePattern pattern = new(text);
        int parameters = 0;
        for (int start = 1; start <= text.Length;)
        {
            int length = text[start..].IndexOf((byte)'/');
            if (length < 0) length = text.Length - start;
            if (pattern._count == MaxSegments || !pattern.TryAdd(text.Slice(start, length), start)) return null;
            SegmentKind kind = pattern._kinds[pattern._count - 1];
            if (kind != SegmentKind.Literal && ++parameters > MaxParameters) return null;
            start += length + 1;
            if (kind == SegmentKind.Rest && start <= text.Length) return null;
        }

        return pattern;
    }

    /// <summary>Whether it takes the path; then <paramref name="values"/> has what its parameters stand for, in their order.</summary>
    internal bool Matches(ReadOnlySpan<byte> path, Span<TextSlice> values)
    {
        int start = 1;
        int parameter = 0;
        for (int i = 0; i < _count; i++)
        {
            if (start > path.Length) return false;
            if (_kinds[i] == SegmentKind.Rest)
            {
                values[parameter] = new TextSlice(start, path.Length - start);
                return true;
            }

            int length = path[start..].IndexOf((byte)'/');
            if (length < 0) length = path.Length - start;
            if (_kinds[i] == SegmentKind.Parameter)
            {
                if (length == 0) return false;
                values[parameter++] = new TextSlice(start, length);
            }
            else if (!path.Slice(start, length).SequenceEqual(_segments[i].Of(_text)))
            {
                return false;
            }

            start += length + 1;
        }

        return start > path.Length;
    }

    /// <summary>The number of the parameter of that name, or -1.</summary>
    internal int Find(ReadOnlySpan<byte> name)
    {
        int parameter = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_kinds[i] == SegmentKind.Literal) continue;
            if (_segments[i].Of(_text).SequenceEqual(name)) return parameter;
            parameter++;
        }

        return -1;
    }

    /// <summary>Below 0 where this pattern is to be tried before <paramref name="other"/>; 0 where both take the same paths.</summary>
    internal int CompareTo(RoutePattern other)
    {
        int common = Math.Min(_count, other._count);
        for (int i = 0; i < common; i++)
        {
            if (_kinds[i] != other._kinds[i]) return (int)_kinds[i] - (int)other._kinds[i];
            if (_kinds[i] != SegmentKind.Literal) continue;
            int order = _segments[i].Of(_text).SequenceCompareTo(other._segments[i].Of(other._text));
            if (order != 0) return order;
        }

        return _count - other._count;
    }

    private bool TryAdd(ReadOnlySpan<byte> segment, int start)
    {
        SegmentKind kind = SegmentKind.Literal;
        if (segment.Length > 0 && segment[0] == '{')
        {
            if (segment[^1] != '}') return false;
            kind = segment.Length > 1 && segment[1] == '*' ? SegmentKind.Rest : SegmentKind.Parameter;
            int prefix = kind == SegmentKind.Rest ? 2 : 1;
            segment = segment[prefix..^1];
            start += prefix;
            if (segment.IsEmpty || Find(segment) >= 0) return false;
        }

        if (segment.IndexOf((byte)'{') >= 0 || segment.IndexOf((byte)'}') >= 0) return false;
        _kinds[_count] = kind;
        _segments[_count++] = new TextSlice(start, segment.Length);
        return true;
    }
}
