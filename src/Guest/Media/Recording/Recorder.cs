// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Live;

namespace Uaas.Media.Recording;

/// <summary>
/// Records streams to a volume. A write holds up everything else, so there is at most one at a turn of the loop, of 64 KiB at most but for the end of a
/// recording, and after one that took long none until three times as long has passed: a device that is slow takes a quarter of the time, and costs packets of
/// recordings.
/// </summary>
public sealed class Recorder
{
    private const long Millisecond = 1_000_000;
    private const long FlushEvery = 500 * Millisecond;
    private const long RetryAfter = 10_000 * Millisecond;
    private const int Rest = 3;
    private const long MaxRest = 1000 * Millisecond;
    private const int None = -1;

    private readonly StreamTable _streams;
    private readonly RecorderSettings _settings;
    private readonly RecorderHost _host;
    private readonly StreamRecorder[] _recorders;
    private long _mayWriteAt;
    private long _retryAt;
    private long _now;
    private int _turn;
    private bool _isDraining;

    /// <summary>What was counted.</summary>
    public RecorderCounters Counters;

    /// <summary>A recorder of all streams of a table.</summary>
    public Recorder(RecordingVolume volume, StreamTable streams, RecorderSettings settings, RecorderHost host)
    {
        Volume = volume;
        _streams = streams;
        _settings = settings;
        _host = host;
        _recorders = new StreamRecorder[streams.Count];
        for (int i = 0; i < _recorders.Length; i++) _recorders[i] = new StreamRecorder(streams[i], volume);
    }

    /// <summary>Where it records to.</summary>
    public RecordingVolume Volume { get; }

    /// <summary>Whether everybody may change recordings of streams that have no key.</summary>
    public bool IsOpen => _settings.IsOpen;

    /// <summary>Streams that are being recorded.</summary>
    public int ActiveCount
    {
        get
        {
            int count = 0;
            for (int i = 0; i < _recorders.Length; i++)
            {
                if (_recorders[i].State is RecorderState.Recording or RecorderState.Ending) count++;
            }

            return count;
        }
    }

    /// <summary>Packets left out because the device was too slow.</summary>
    public long Dropped
    {
        get
        {
            long dropped = 0;
            for (int i = 0; i < _recorders.Length; i++) dropped += _recorders[i].Dropped;
            return dropped;
        }
    }

    /// <summary>Whether nothing is left to be written.</summary>
    public bool IsIdle
    {
        get
        {
            for (int i = 0; i < _recorders.Length; i++)
            {
                if (_recorders[i].State != RecorderState.Idle) return false;
            }

            return true;
        }
    }

    /// <summary>Whether a stream is recorded, or waits for it.</summary>
    public bool IsRecorded(ReadOnlySpan<byte> stream) => Find(stream) is { } recorder && recorder.State != RecorderState.Idle;

    /// <summary>Has a stream recorded.</summary>
    public RecordResult Start(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < _recorders.Length; i++)
        {
            LiveStream stream = _streams[i];
            if (name.IsEmpty || !stream.IsPublishing || !name.SequenceEqual(stream.Name)) continue;
            if (_isDraining || !MakeRoom()) return RecordResult.Full;
            if (_recorders[i].State == RecorderState.Idle) _recorders[i].Want(isWhole: false);
            return RecordResult.Ok;
        }

        return RecordResult.NotPublished;
    }

    /// <summary>Has a stream recorded no further.</summary>
    public RecordResult Stop(ReadOnlySpan<byte> name)
    {
        if (Find(name) is not { State: RecorderState.Waiting or RecorderState.Recording } recorder) return RecordResult.NotRecorded;
        recorder.Stop();
        return RecordResult.Ok;
    }

    /// <summary>Removes a recording.</summary>
    /// <param name="name">The stream.</param>
    /// <param name="start">When it began, in seconds since 1970.</param>
    public RecordResult Remove(ReadOnlySpan<byte> name, long start)
    {
        int slot = Volume.Find(name, start);
        if (slot < 0) return RecordResult.NotFound;
        if (Volume[slot].State == RecordingState.Open) return RecordResult.InUse;
        return Volume.Remove(slot) ? RecordResult.Ok : RecordResult.DeviceError;
    }

    /// <summary>When <see cref="Turn"/> has something to do, in nanoseconds of the monotonic clock; long.MaxValue for never.</summary>
    public long NextDeadline
    {
        get
        {
            long next = long.MaxValue;
            for (int i = 0; i < _recorders.Length; i++) next = Math.Min(next, DueAt(_recorders[i]));
            return next == long.MaxValue ? next : Math.Max(next, _mayWriteAt);
        }
    }

    /// <summary>Called at every turn of the loop: takes what has come, and writes where that is due.</summary>
    public void Turn(long now)
    {
        _now = now;
        for (int i = 0; i < _recorders.Length; i++)
        {
            if (_settings.RecordsAll) WantNew(i);
            if (_recorders[i].State == RecorderState.Recording) _recorders[i].Feed(_settings.SplitAfter, _isDraining);
        }

        if (now < _mayWriteAt) return;
        for (int i = 0; i < _recorders.Length; i++)
        {
            // By turns, so that none waits for ever.
            int index = (_turn + i) % _recorders.Length;
            if (now < DueAt(_recorders[index])) continue;
            if (!Write(_recorders[index])) continue;
            _turn = index + 1;
            return;
        }
    }

    /// <summary>The service stops: no recordings begin any more, and those that are being made end with what has come.</summary>
    public void Drain()
    {
        _isDraining = true;
        for (int i = 0; i < _recorders.Length; i++)
        {
            if (_recorders[i].State == RecorderState.Waiting) _recorders[i].Stop();
        }
    }

    private StreamRecorder? Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < _recorders.Length; i++)
        {
            if (!name.IsEmpty && _recorders[i].State != RecorderState.Idle && name.SequenceEqual(_recorders[i].Name)) return _recorders[i];
        }

        return null;
    }

    /// <summary>Each publisher is recorded once by itself, also one that has come and gone since the last turn; who stops that has it stopped.</summary>
    private void WantNew(int index)
    {
        StreamRecorder recorder = _recorders[index];
        LiveStream stream = _streams[index];
        if (_isDraining || recorder.State != RecorderState.Idle || recorder.SeenGeneration == stream.Generation || _now < _retryAt) return;
        if (!stream.IsPublishing && (stream.Name.IsEmpty || recorder.SeenGeneration == None)) return;
        if (!MakeRoom())
        {
            _retryAt = _now + RetryAfter;
            CountFull(stream.Name);
            return;
        }

        recorder.SeenGeneration = stream.Generation;
        recorder.Want(isWhole: true);
    }

    private long DueAt(StreamRecorder recorder) => recorder.State switch
    {
        RecorderState.Ending => 0,
        RecorderState.Waiting => recorder.FindStart() == None ? recorder.State == RecorderState.Waiting ? long.MaxValue : 0 : 0,
        RecorderState.Recording when recorder.Writer.FullPages == 0 => long.MaxValue,
        RecorderState.Recording => recorder.Writer.Room.IsEmpty ? 0 : recorder.WrittenAt + FlushEvery,
        _ => long.MaxValue,
    };

    /// <summary>Does what is due for a stream, and sees how long that took; false where it was nothing.</summary>
    private bool Write(StreamRecorder recorder)
    {
        long began = _host.Now;
        WriteResult result;
        switch (recorder.State)
        {
            case RecorderState.Waiting:
                long start = recorder.FindStart();
                if (start == None) return false;
                result = Begin(recorder, start);
                break;
            case RecorderState.Recording:
                result = Step(recorder);
                break;
            case RecorderState.Ending:
                result = End(recorder);
                break;
            default:
                return false;
        }

        if (result == WriteResult.DeviceError) Fail(recorder);
        recorder.WrittenAt = _host.Now;
        _mayWriteAt = recorder.WrittenAt + Math.Min((recorder.WrittenAt - began) * Rest, MaxRest);
        return true;
    }

    private WriteResult Begin(StreamRecorder recorder, long start)
    {
        WriteResult result = MakeRoom() ? recorder.Begin(start, _host.UnixSeconds) : WriteResult.Full;
        if (result == WriteResult.Ok)
        {
            Counters.Begun++;
            _host.Began(recorder.Name);
        }
        else if (result == WriteResult.Full)
        {
            CountFull(recorder.Name);
            TryLater(recorder);
            recorder.Stop();
        }

        return result;
    }

    private WriteResult Step(StreamRecorder recorder)
    {
        int before = recorder.Writer.FullPages;
        WriteResult result = recorder.Writer.Step();
        if (result == WriteResult.Full && DropOldest()) result = recorder.Writer.Step();
        Counters.BytesWritten += (long)(before - recorder.Writer.FullPages) * RecordingFormat.PayloadSize;
        if (result != WriteResult.Full) return result;
        CountFull(recorder.Name);
        TryLater(recorder);
        recorder.Stop();
        return WriteResult.Ok;
    }

    private WriteResult End(StreamRecorder recorder)
    {
        long bytes = recorder.Writer.Length;
        long milliseconds = recorder.Writer.LastTime;
        // One segment is enough for what is buffered.
        bool canExtend = Volume.FreeSegments > 0 || DropOldest();
        WriteResult result = recorder.Writer.Finish(canExtend);
        if (result == WriteResult.Ok) _host.Ended(recorder.Name, bytes, milliseconds);
        recorder.Ended();
        return result;
    }

    private void Fail(StreamRecorder recorder)
    {
        Counters.Errors++;
        _host.Failed("recording_failed"u8, recorder.Name);
        if (recorder.Writer.Slot != None) recorder.Writer.Finish(canExtend: false);
        recorder.Abandon();
        TryLater(recorder);
    }

    /// <summary>Where all is recorded, another attempt is made once the device may have come to itself, or has room again.</summary>
    private void TryLater(StreamRecorder recorder)
    {
        recorder.SeenGeneration = None;
        _retryAt = _now + RetryAfter;
    }

    private void CountFull(ReadOnlySpan<byte> stream)
    {
        Counters.Full++;
        _host.Failed("recording_full"u8, stream);
    }

    private bool MakeRoom()
    {
        while (!Volume.HasRoom)
        {
            if (!DropOldest()) return false;
        }

        return true;
    }

    private bool DropOldest()
    {
        if (!_settings.DropsOldest || !Volume.RemoveOldest()) return false;
        Counters.Removed++;
        return true;
    }
}
