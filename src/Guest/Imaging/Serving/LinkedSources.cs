// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Crypto;
using Uaas.Http;
using Uaas.Net.Names;

namespace Uaas.Imaging.Serving;

/// <summary>
/// Sources that other services have, which are linked to ports of 127.0.0.1: fetched once for all who ask at the same time, kept among the results, and asked for again when they are
/// no longer fresh. Bounded in number, bytes and time.
/// </summary>
/// <param name="dialer">Opens connections.</param>
/// <param name="links">What is linked.</param>
public sealed class LinkedSources(Dialer dialer, LinkTable links)
{
    /// <summary>Connections that sources are fetched by at a time; others wait their turn.</summary>
    public const int MaxFetches = 8;

    /// <summary>Nanoseconds that a source may take, from when it was asked for to its last byte.</summary>
    public const long MaxTime = 10 * HttpLimits.Second;

    /// <summary>Bytes of a request at most.</summary>
    internal const int MaxRequest = 3 * ImageUrl.MaxSource + 128;

    // So that many who ask for what is not there ask its service once.
    private const long FailuresLast = HttpLimits.Second;

    private const int PortLength = sizeof(ushort);

    private readonly SourceFetch?[] _fetches = new SourceFetch[MaxFetches];
    private ImageHandler? _handler;
    private ResultStore? _store;
    private int[] _waiting = [];
    private long[] _deadlines = [];
    private long _fresh;
    private int _count;

    /// <summary>Nanoseconds of the monotonic clock, at the last turn.</summary>
    internal long Now { get; private set; }

    /// <summary>Bytes of a source at most.</summary>
    internal int MaxSource { get; private set; }

    /// <summary>When <see cref="Turn"/> is to be called at the latest.</summary>
    public long NextDeadline
    {
        get
        {
            if (HasWaiting) return 0;
            long earliest = _count > 0 ? _deadlines[0] : long.MaxValue;
            for (int i = 0; i < MaxFetches; i++)
            {
                if (_fetches[i] is { Index: not ResultStore.None } fetch) earliest = Math.Min(earliest, fetch.Deadline);
            }

            return earliest;
        }
    }

    /// <summary>Whether a port is linked.</summary>
    internal bool Has(ushort port) => links.TryFind(port, out _, out _);

    /// <summary>Says for whom sources are fetched, and within which bounds.</summary>
    internal void Serve(ImageHandler handler, ResultStore store, int maxSource, int maxWaiting, long freshSeconds)
    {
        _handler = handler;
        _store = store;
        MaxSource = maxSource;
        _fresh = freshSeconds * HttpLimits.Second;
        _waiting = new int[maxWaiting];
        _deadlines = new long[maxWaiting];
        for (int i = 0; i < MaxFetches; i++) _fetches[i] = new SourceFetch(this, store);
    }

    /// <summary>Gives up what takes too long, and begins what has waited.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    public void Turn(long now)
    {
        Now = now;
        for (int i = 0; i < MaxFetches; i++)
        {
            if (_fetches[i] is { Index: not ResultStore.None } fetch && fetch.Deadline <= now) fetch.GiveUp();
        }

        while (_count > 0 && _deadlines[0] <= now) Ended(TakeAt(0), ImageOutcome.SourceTimedOut);
        BeginWaiting();
    }

    /// <summary>The key of a source in the store: unlike that of any result.</summary>
    internal static void WriteKey(ushort port, ReadOnlySpan<byte> target, Span<byte> destination)
    {
        Span<byte> name = stackalloc byte[PortLength + ImageUrl.MaxSource];
        WriteName(port, target, name);
        Span<byte> digest = stackalloc byte[Sha256.Length];
        Sha256.Hash(name[..(PortLength + target.Length)], digest);
        ImageKey.WriteOfSource(digest, destination);
    }

    /// <summary>Has a source fetched; its number in the store, or <see cref="ResultStore.None"/> where too much is under way.</summary>
    internal int Begin(ReadOnlySpan<byte> key, ushort port, ReadOnlySpan<byte> target)
    {
        if (_count == _waiting.Length) return ResultStore.None;
        int index = _store!.Add(key);
        if (index == ResultStore.None) return index;
        Span<byte> name = stackalloc byte[PortLength + ImageUrl.MaxSource];
        WriteName(port, target, name);
        if (!_store.Append(index, name[..(PortLength + target.Length)]))
        {
            _store.Remove(index);
            return ResultStore.None;
        }

        _waiting[_count] = index;
        _deadlines[_count++] = Now + MaxTime;
        return index;
    }

    /// <summary>Begins as many of those that wait as there is room for. Not from within a request, which may be the one that waits.</summary>
    private void BeginWaiting()
    {
        for (int i = 0; i < MaxFetches && _count > 0; i++)
        {
            if (!_fetches[i]!.IsFree) continue;
            long deadline = _deadlines[0];
            int index = TakeAt(0);
            _fetches[i]!.Begin(index, PortOf(index), deadline, dialer);
        }
    }

    /// <summary>Forgets a source that nobody waits for any more, if it has not been begun.</summary>
    internal bool TryCancel(int index)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_waiting[i] != index) continue;
            TakeAt(i);
            return true;
        }

        return false;
    }

    /// <summary>Whether one waits to be begun.</summary>
    internal bool HasWaiting
    {
        get
        {
            for (int i = 0; i < MaxFetches && _count > 0; i++)
            {
                if (_fetches[i]!.IsFree) return true;
            }

            return false;
        }
    }

    /// <summary>A source is there, or will not be.</summary>
    internal void Ended(int index, ImageOutcome outcome)
    {
        ref Result source = ref _store![index];
        source.Expires = outcome switch
        {
            ImageOutcome.Done => Now + _fresh,
            ImageOutcome.NoRoom => Now,
            _ => Now + FailuresLast,
        };
        _handler!.SourceEnded(index, outcome);
    }

    /// <summary>Writes the request for a source that is to be fetched; bytes of it.</summary>
    internal static int WriteRequest(ResultStore store, int index, ushort port, Span<byte> destination)
    {
        int block = BlockPool.None;
        long offset = 0;
        ReadOnlySpan<byte> target = store.BytesAt(index, 0, ref block, ref offset)[PortLength..store[index].Length];
        Boot.LineBuilder request = new(destination);
        request.Append("GET "u8);
        for (int i = 0; i < target.Length; i++) AppendEncoded(ref request, target[i]);
        request.Append(" HTTP/1.1\r\nHost: localhost:"u8);
        request.Append(port);
        request.Append("\r\nAccept: image/*\r\nConnection: close\r\n\r\n"u8);
        return request.Text.Length;
    }

    private ushort PortOf(int index)
    {
        int block = BlockPool.None;
        long offset = 0;
        ReadOnlySpan<byte> name = _store!.BytesAt(index, 0, ref block, ref offset);
        return (ushort)(name[0] << 8 | name[1]);
    }

    // What no request target holds as it is (RFC 9112, 3.2): the URL in ours was decoded once.
    private static void AppendEncoded(ref Boot.LineBuilder request, byte value)
    {
        if (value is > 0x20 and < 0x7F and not (byte)'"' and not (byte)'<' and not (byte)'>')
        {
            request.Append([value]);
            return;
        }

        request.Append([(byte)'%', "0123456789ABCDEF"u8[value >> 4], "0123456789ABCDEF"u8[value & 15]]);
    }

    private static void WriteName(ushort port, ReadOnlySpan<byte> target, Span<byte> destination)
    {
        destination[0] = (byte)(port >> 8);
        destination[1] = (byte)port;
        target.CopyTo(destination[PortLength..]);
    }

    private int TakeAt(int place)
    {
        int index = _waiting[place];
        _waiting.AsSpan(place + 1, _count - place - 1).CopyTo(_waiting.AsSpan(place));
        _deadlines.AsSpan(place + 1, _count - place - 1).CopyTo(_deadlines.AsSpan(place));
        _count--;
        return index;
    }
}
