// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Boot;
using Uaas.Devices;
using Uaas.Http;
using Uaas.Media.Live;
using Uaas.Media.Recording;
using Uaas.Platform;
using Uaas.Service;

/// <summary>Recording, where the service has a volume: a second block device that may be written to.</summary>
internal sealed class RecordingPart
{
    private const int Device = 1;
    private const int MaxSplitMinutes = 1440;
    private const int MillisecondsPerMinute = 60_000;

    private RecorderSettings _settings = new();

    /// <summary>The recorder; null where there is no volume.</summary>
    internal Recorder? Recorder { get; private set; }

    /// <summary>Who answers requests of everybody.</summary>
    internal RecordingHandler? Public { get; private set; }

    /// <summary>Who answers requests of the node.</summary>
    internal RecordingHandler? Trusted { get; private set; }

    /// <summary>Reads the boot arguments; false, and said so on the log, where one is no good.</summary>
    internal bool TryConfigure(BootArguments arguments)
    {
        if (!TryChoose(arguments, "record"u8, "request"u8, "all"u8, "record= takes request, or all"u8, out bool recordsAll)
            || !TryChoose(arguments, "full"u8, "stop"u8, "oldest"u8, "full= takes stop, or oldest: what goes where there is no room"u8, out bool dropsOldest)
            || !TryChoose(arguments, "control"u8, "key"u8, "open"u8, "control= takes key, or open: who may record and remove where no stream keys are set"u8, out bool isOpen)
            || !Numbers.TryRead(arguments, "split"u8, 0, MaxSplitMinutes, 0, out int minutes))
        {
            return false;
        }

        _settings = new RecorderSettings { RecordsAll = recordsAll, DropsOldest = dropsOldest, IsOpen = isOpen, SplitAfter = (long)minutes * MillisecondsPerMinute };
        return true;
    }

    /// <summary>Uses the volume, if there is one that is any good. Live streams go on without.</summary>
    internal void Begin(StreamTable streams, HttpClock clock)
    {
        if (Machine.OpenBlock(Device) is not { } device) return;
        MountResult result = RecordingVolume.Mount(device, Seed(), out RecordingVolume? volume);
        if (result != MountResult.Ok)
        {
            if (result != MountResult.TooSmall) Report(result);
            return;
        }

        Recorder = new Recorder(volume!, streams, _settings, new Host(clock));
        Public = new RecordingHandler(Recorder, streams, clock, isTrusted: false);
        Trusted = new RecordingHandler(Recorder, streams, clock, isTrusted: true);
        Log line = Log.Info(stackalloc byte[Log.LineMax], "recordings"u8);
        line.Field("count"u8, volume!.Count);
        line.Field("recovered"u8, volume.RecoveredCount);
        line.Field("capacity"u8, volume.Capacity);
        line.Field("free"u8, volume.FreeBytes);
        line.Write();
    }

    private static ulong Seed()
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        Machine.FillEntropy(seed);
        return BinaryPrimitives.ReadUInt64LittleEndian(seed);
    }

    private static void Report(MountResult result)
    {
        Log line = Log.Error(stackalloc byte[Log.LineMax], "no_recordings"u8);
        line.Hint(result switch
        {
            MountResult.NotOurs => "the volume holds something else, which is left alone: give an empty one"u8,
            MountResult.Damaged => "the beginning of the volume is damaged, or of another version"u8,
            MountResult.ReadOnly => "the volume cannot be written to"u8,
            MountResult.UnsupportedBlockSize => "the blocks of the volume are larger than 4096 bytes"u8,
            _ => "the volume cannot be read or written: see the host's disk"u8,
        });
        line.Write();
    }

    /// <summary>One of two words; the first where there is none.</summary>
    private static bool TryChoose(BootArguments arguments, ReadOnlySpan<byte> key, ReadOnlySpan<byte> usual, ReadOnlySpan<byte> other, ReadOnlySpan<byte> hint, out bool isOther)
    {
        isOther = false;
        if (!arguments.TryGet(key, out ReadOnlySpan<byte> text) || text.SequenceEqual(usual)) return true;
        isOther = text.SequenceEqual(other);
        if (isOther) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "bad_argument"u8);
        line.Field(key, text);
        line.Hint(hint);
        line.Write();
        return false;
    }

    /// <summary>The machine's clocks, and the log.</summary>
    private sealed class Host(HttpClock clock) : RecorderHost
    {
        public override long Now => Machine.Now;

        public override long UnixSeconds => clock.UnixSeconds;

        public override void Began(ReadOnlySpan<byte> stream)
        {
            Log line = Log.Info(stackalloc byte[Log.LineMax], "recording"u8);
            line.Field("stream"u8, stream);
            line.Write();
        }

        public override void Ended(ReadOnlySpan<byte> stream, long bytes, long milliseconds)
        {
            Log line = Log.Info(stackalloc byte[Log.LineMax], "recorded"u8);
            line.Field("stream"u8, stream);
            line.Field("bytes"u8, bytes);
            line.Field("ms"u8, milliseconds);
            line.Write();
        }

        public override void Failed(ReadOnlySpan<byte> what, ReadOnlySpan<byte> stream)
        {
            Log line = Log.Error(stackalloc byte[Log.LineMax], what);
            line.Field("stream"u8, stream);
            line.Hint("what was recorded before is kept"u8);
            line.Write();
        }
    }
}
