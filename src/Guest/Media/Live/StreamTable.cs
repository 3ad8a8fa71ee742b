// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Live;

/// <summary>What became of an attempt to publish.</summary>
public enum PublishResult : byte
{
    /// <summary>It may.</summary>
    Ok,

    /// <summary>Somebody else publishes under that name.</summary>
    NameTaken,

    /// <summary>The name is not one.</summary>
    BadName,

    /// <summary>There are as many streams as there may be.</summary>
    Full,
}

/// <summary>All streams of a server: so many places, each with its memory.</summary>
public sealed class StreamTable
{
    /// <summary>How long viewers wait for a publisher that has left, in nanoseconds.</summary>
    public const long Grace = 30L * 1_000_000_000;

    private readonly LiveStream[] _streams;

    /// <summary>Places for <paramref name="count"/> streams whose rings hold <paramref name="capacity"/> bytes each, a power of two.</summary>
    public StreamTable(int count, int capacity, int maxViewers)
    {
        _streams = new LiveStream[count];
        for (int i = 0; i < count; i++) _streams[i] = new LiveStream(capacity, maxViewers);
    }

    /// <summary>Places.</summary>
    public int Count => _streams.Length;

    /// <summary>The stream at a place; its name is empty where there is none.</summary>
    public LiveStream this[int index] => _streams[index];

    /// <summary>The stream of a name, or null.</summary>
    public LiveStream? Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < _streams.Length; i++)
        {
            if (!name.IsEmpty && name.SequenceEqual(_streams[i].Name)) return _streams[i];
        }

        return null;
    }

    /// <summary>Makes the caller the publisher of a name.</summary>
    public PublishResult TryPublish(ReadOnlySpan<byte> name, out LiveStream? stream)
    {
        stream = Find(name);
        if (!IsName(name)) return PublishResult.BadName;
        if (stream != null)
        {
            if (stream.IsPublishing) return PublishResult.NameTaken;
            stream.BeginPublishing();
            return PublishResult.Ok;
        }

        for (int i = 0; stream == null && i < _streams.Length; i++)
        {
            if (_streams[i].Name.IsEmpty) stream = _streams[i];
        }

        if (stream == null) return PublishResult.Full;
        stream.Open(name);
        return PublishResult.Ok;
    }

    /// <summary>Ends streams whose publisher has left: at once where nobody waits for another, or after <see cref="Grace"/>.</summary>
    public void Expire(long now)
    {
        for (int i = 0; i < _streams.Length; i++)
        {
            LiveStream stream = _streams[i];
            if (stream.IsPublishing || stream.Name.IsEmpty) continue;
            if (now - stream.DepartedAt >= Grace) stream.FinishViewers();
            if (stream.ViewerCount == 0) stream.Close();
        }
    }

    /// <summary>When <see cref="Expire"/> has something to do, in nanoseconds of the monotonic clock; long.MaxValue for never.</summary>
    public long NextExpiry
    {
        get
        {
            long next = long.MaxValue;
            for (int i = 0; i < _streams.Length; i++)
            {
                if (!_streams[i].IsPublishing && !_streams[i].IsFinished && !_streams[i].Name.IsEmpty) next = Math.Min(next, _streams[i].DepartedAt + Grace);
            }

            return next;
        }
    }

    /// <summary>Ends all viewers: the service stops.</summary>
    public void FinishAll()
    {
        for (int i = 0; i < _streams.Length; i++) _streams[i].FinishViewers();
    }

    /// <summary>Whether it can be a stream's name: letters, digits, "-", "_" and ".", of which the first is no dot.</summary>
    public static bool IsName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > LiveStream.MaxName || name[0] == '.') return false;
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] is not ((>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'_' or (byte)'.'))
                return false;
        }

        return true;
    }
}
