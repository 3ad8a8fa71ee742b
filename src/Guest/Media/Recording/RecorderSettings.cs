// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Recording;

/// <summary>How a service records.</summary>
public sealed class RecorderSettings
{
    /// <summary>Whether every stream is recorded, from its publisher's first key frame to its end; otherwise those that somebody asks for.</summary>
    public bool RecordsAll { get; init; }

    /// <summary>Whether the oldest recordings go when there is no room for new ones; otherwise recording stops.</summary>
    public bool DropsOldest { get; init; }

    /// <summary>Milliseconds after which a recording is ended at a key frame, and another begun; 0 for never.</summary>
    public long SplitAfter { get; init; }

    /// <summary>Whether everybody may start, stop and remove recordings over HTTP where no stream keys are set.</summary>
    public bool IsOpen { get; init; }
}

/// <summary>What a recorder asks of its surroundings.</summary>
public abstract class RecorderHost
{
    /// <summary>Nanoseconds of the monotonic clock, now: it is asked around each write, to find how long that took.</summary>
    public abstract long Now { get; }

    /// <summary>Seconds since 1970.</summary>
    public abstract long UnixSeconds { get; }

    /// <summary>Tells of a recording that began.</summary>
    public abstract void Began(ReadOnlySpan<byte> stream);

    /// <summary>Tells of one that has ended.</summary>
    public abstract void Ended(ReadOnlySpan<byte> stream, long bytes, long milliseconds);

    /// <summary>Tells of what went wrong: <c>recording_full</c>, <c>recording_failed</c>.</summary>
    public abstract void Failed(ReadOnlySpan<byte> what, ReadOnlySpan<byte> stream);
}

/// <summary>What became of a request to record.</summary>
public enum RecordResult : byte
{
    /// <summary>It is recorded from its next key frame on, or is being recorded.</summary>
    Ok,

    /// <summary>Nobody publishes it.</summary>
    NotPublished,

    /// <summary>It is not being recorded.</summary>
    NotRecorded,

    /// <summary>There is no room.</summary>
    Full,

    /// <summary>There is no such recording.</summary>
    NotFound,

    /// <summary>It is still being made.</summary>
    InUse,

    /// <summary>The device failed.</summary>
    DeviceError,
}

/// <summary>What a recorder has counted.</summary>
public struct RecorderCounters
{
    /// <summary>Recordings begun.</summary>
    public long Begun;

    /// <summary>Bytes of tags written.</summary>
    public long BytesWritten;

    /// <summary>Packets left out because the device was too slow.</summary>
    public long Dropped;

    /// <summary>Times that there was no room.</summary>
    public long Full;

    /// <summary>Writes that the device could not do.</summary>
    public long Errors;

    /// <summary>Recordings removed to make room.</summary>
    public long Removed;
}
