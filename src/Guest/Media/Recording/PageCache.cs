// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;

namespace Uaas.Media.Recording;

/// <summary>A few runs of pages that were read last, so that who plays on in small pieces has each page read and checked once.</summary>
internal sealed class PageCache
{
    /// <summary>Pages of a run.</summary>
    internal const int RunPages = 16;

    private const int Runs = 8;

    private readonly BlockDevice _device;
    private readonly SegmentLayout _layout;
    private readonly byte[] _bytes = new byte[Runs * RunPages * RecordingFormat.PageSize];
    private readonly ulong[] _keys = new ulong[Runs];
    private readonly long[] _places = new long[Runs];
    private readonly long[] _used = new long[Runs];
    private readonly uint[] _good = new uint[Runs];
    private long _clock;

    internal PageCache(BlockDevice device, SegmentLayout layout)
    {
        _device = device;
        _layout = layout;
        for (int i = 0; i < Runs; i++) _places[i] = -1;
    }

    /// <summary>A page that is what it should be; empty where the device cannot be read, or the page is something else. It is good until the next call.</summary>
    internal ReadOnlySpan<byte> Read(int segment, int page, ulong key, PageKind kind, long number)
    {
        long place = (long)segment * _layout.Pages + page / RunPages * RunPages;
        int run = Find(place, key);
        if (run < 0) run = Load(segment, page / RunPages * RunPages, place, key);
        if (run < 0) return default;
        int within = page % RunPages;
        ReadOnlySpan<byte> bytes = _bytes.AsSpan((run * RunPages + within) * RecordingFormat.PageSize, RecordingFormat.PageSize);
        if ((_good[run] & 1u << within) == 0)
        {
            if (!RecordingFormat.IsSealed(bytes, key, kind, number)) return default;
            _good[run] |= 1u << within;
        }

        return bytes[..RecordingFormat.PayloadSize];
    }

    private int Find(long place, ulong key)
    {
        for (int i = 0; i < Runs; i++)
        {
            if (_places[i] != place || _keys[i] != key) continue;
            _used[i] = ++_clock;
            return i;
        }

        return -1;
    }

    private int Load(int segment, int page, long place, ulong key)
    {
        int run = 0;
        for (int i = 1; i < Runs; i++)
        {
            if (_used[i] < _used[run]) run = i;
        }

        _places[run] = -1;
        _used[run] = ++_clock;
        Span<byte> bytes = _bytes.AsSpan(run * RunPages * RecordingFormat.PageSize, RunPages * RecordingFormat.PageSize);
        if (_device.Read(_layout.OffsetOf(segment, page), bytes) != BlockResult.Ok) return -1;
        _places[run] = place;
        _keys[run] = key;
        _good[run] = 0;
        return run;
    }
}
