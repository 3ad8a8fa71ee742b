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

    /// <summary>The key is not the one for the name.</summary>
    BadKey,

    /// <summary>There are as many streams as there may be.</summary>
    Full,
}

/// <summary>All streams of a server: so many places, each with its memory.</summary>
public sealed class StreamTable
{
    /// <summary>How long viewers wait for a publisher that has left, in nanoseconds.</summary>
    public const long Grace = 30L * 1_000_000_000;

    private readonly LiveStream[] _streams;
    private readonly StreamKeys _keys;

    /// <summary>Places for <paramref name="count"/> streams whose rings hold <paramref name="capacity"/> bytes each, a power of two.</summary>
    public StreamTable(int count, int capacity, int maxViewers, StreamKeys? keys = null)
    {
        _keys = keys ?? StreamKeys.CreateOpen();
        _streams = new LiveStream[count];
        for (int i = 0; i < count; i++) _streams[i] = new LiveStream(capacity, maxViewers);
    }

    /// <summary>How long sound waits for a picture that it can travel with, in nanoseconds; 0: not at all.</summary>
    public long SoundWait { get; set; }

    /// <summary>Nanoseconds of the monotonic clock, as of the last <see cref="Turn"/>.</summary>
    public long Now { get; private set; }

    /// <summary>Who is told of publishers; null for nobody.</summary>
    public PublisherWatch? Watch { get; set; }

    /// <summary>Whether nobody new may publish.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Those who publish.</summary>
    public int PublisherCount
    {
        get
        {
            int count = 0;
            for (int i = 0; i < _streams.Length; i++)
            {
                if (_streams[i].IsPublishing) count++;
            }

            return count;
        }
    }

    /// <summary>Who may publish what.</summary>
    public StreamKeys Keys => _keys;

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
    /// <param name="name">The name.</param>
    /// <param name="key">The key that the caller gave; empty for none.</param>
    /// <param name="stream">The stream; null unless it is the caller's.</param>
    public PublishResult TryPublish(ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, out LiveStream? stream)
    {
        PublishResult result = TryTake(name, key, out stream);
        if (result == PublishResult.Ok)
        {
            stream!.PublishingSince = Now;
            Watch?.Began(name);
        }
        else
        {
            stream = null;
            Watch?.Refused(name, result);
        }

        return result;
    }

    /// <summary>The publisher of a stream leaves it.</summary>
    public void EndPublishing(LiveStream stream)
    {
        stream.EndPublishing(Now);
        Watch?.Left(stream.Name, Now - stream.PublishingSince);
    }

    private PublishResult TryTake(ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, out LiveStream? stream)
    {
        stream = null;
        if (!IsName(name)) return PublishResult.BadName;
        if (!_keys.Allow(name, key)) return PublishResult.BadKey;
        if (IsDraining) return PublishResult.Full;
        stream = Find(name);
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

    /// <summary>Tells the time: measures rates, sends sound that has waited, and ends streams that nobody publishes any more.</summary>
    public void Turn(long now)
    {
        Now = now;
        for (int i = 0; i < _streams.Length; i++)
        {
            LiveStream stream = _streams[i];
            if (stream.Name.IsEmpty) continue;
            stream.Measure(now);
            if (now >= stream.FlushDue) stream.Flush();
        }

        Expire(now);
    }

    /// <summary>Offers what a publisher sent to its viewers: pictures at once, sound by itself after <see cref="SoundWait"/>.</summary>
    public void Flush(LiveStream stream)
    {
        if (SoundWait == 0 || stream.HasUrgent) stream.Flush();
        else stream.FlushBy(Now + SoundWait);
    }

    /// <summary>Ends streams whose publisher has left: at once where nobody waits for another, or after <see cref="Grace"/>.</summary>
    private void Expire(long now)
    {
        for (int i = 0; i < _streams.Length; i++)
        {
            LiveStream stream = _streams[i];
            if (stream.IsPublishing || stream.Name.IsEmpty) continue;
            if (now - stream.DepartedAt >= Grace) stream.FinishViewers();
            if (stream.ViewerCount == 0) stream.Close();
        }
    }

    /// <summary>When <see cref="Turn"/> has something to do, in nanoseconds of the monotonic clock; long.MaxValue for never.</summary>
    public long NextDeadline
    {
        get
        {
            long next = long.MaxValue;
            for (int i = 0; i < _streams.Length; i++)
            {
                if (_streams[i].Name.IsEmpty) continue;
                next = Math.Min(next, _streams[i].FlushDue);
                if (!_streams[i].IsPublishing && !_streams[i].IsFinished) next = Math.Min(next, _streams[i].DepartedAt + Grace);
            }

            return next;
        }
    }

    /// <summary>Takes no publishers any more and ends all viewers: the service stops.</summary>
    public void Drain()
    {
        IsDraining = true;
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
