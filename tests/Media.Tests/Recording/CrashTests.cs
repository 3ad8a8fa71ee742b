// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Media.Flv;
using Uaas.Media.Recording;
using Uaas.Media.Tests.Support;

namespace Uaas.Media.Tests.Recording;

/// <summary>The power goes at each write, with the write done, torn, or not done.</summary>
public class CrashTests
{
    private const int Size = 3 << 20;

    private static readonly List<(TagType Type, uint Time, byte[] Body)> s_before = RecorderBed.Film(6, seed: 3);
    private static readonly List<(TagType Type, uint Time, byte[] Body)> s_film = RecorderBed.Film(14, seed: 40);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(int.MaxValue / 512)]
    public void Nothing_that_was_complete_is_lost_and_of_the_rest_only_what_had_not_been_written(int sectorsOfLast)
    {
        // How the device is before, and how many writes the second recording takes.
        RecorderBed first = new(new RecordingDevice(new byte[Size]));
        first.Record("before", s_before);
        byte[] image = [.. first.Device.Bytes];
        byte[] complete = Assert.Single(first.Files()).Value;
        RecordingDevice whole = new([.. image]);
        Run(whole);
        Assert.InRange(whole.Writes, 20, 200);

        long longest = -1;
        for (int cut = 0; cut < whole.Writes; cut++)
        {
            RecordingDevice device = new([.. image]) { CutAt = cut, SectorsOfLast = sectorsOfLast };
            Run(device);
            longest = Check([.. device.Bytes], complete, longest);
        }

        Assert.Equal(s_film.Count, longest);
    }

    [Fact]
    public void A_device_is_made_ready_whenever_the_power_goes()
    {
        for (int cut = 0; cut < 2; cut++)
        {
            for (int sectors = 0; sectors < 8; sectors++)
            {
                RecordingDevice device = new(new byte[Size]) { CutAt = cut, SectorsOfLast = sectors };
                RecorderBed bed = new(device);
                Assert.Equal(MountResult.Ok, new RecorderBed(new RecordingDevice(device.Bytes)).Result);
                Assert.Equal(MountResult.Ok, bed.Result);
            }
        }
    }

    [Fact]
    public void A_removal_is_done_or_not_done()
    {
        for (int cut = 0; cut < 3; cut++)
        {
            RecorderBed first = new(new RecordingDevice(new byte[Size]));
            first.Record("before", s_before);
            RecordingDevice device = new([.. first.Device.Bytes]) { CutAt = cut, SectorsOfLast = 3 };
            RecorderBed bed = new(device);
            bed.Recorder.Remove("before"u8, bed.Volume![0].Start);
            RecorderBed again = new(new RecordingDevice(device.Bytes));
            // The first write is that of the start.
            Assert.Equal(cut == 0 ? 1 : 0, again.Files().Count);
            // What was freed is free, and what is left can be played.
            again.Record("after", s_before);
            Assert.Contains(again.Files().Keys, name => name.StartsWith("after", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_a_cut_left_behind_is_not_taken_for_a_later_recording()
    {
        // Cut in the middle; then a recording over the same segments, cut in the middle too, and so on.
        byte[] image = new byte[Size];
        for (int round = 0; round < 6; round++)
        {
            RecordingDevice device = new([.. image]) { CutAt = 9 + round };
            RecorderBed bed = new(device, start: 1_700_000_000 + round * 1000);
            var film = RecorderBed.Film(14, seed: (byte)(round * 30));
            bed.Record($"film{round}", film);
            image = device.Bytes;
            RecorderBed again = new(new RecordingDevice([.. image]), start: 1_700_000_500 + round * 1000);
            foreach ((string name, byte[] file) in again.Files())
            {
                var expected = RecorderBed.Expected(RecorderBed.Film(14, seed: (byte)((name[4] - '0') * 30)));
                List<(TagType, uint, string)> seen = RecorderBed.Seen(file);
                Assert.Equal(expected.Take(seen.Count), seen);
            }

            // Room for the next one.
            for (int slot = 0; slot < again.Volume!.Slots; slot++)
            {
                if (again.Volume[slot].State != RecordingState.None) Assert.True(again.Volume.Remove(slot));
            }

            image = again.Device.Bytes;
        }
    }

    private static void Run(RecordingDevice device)
    {
        RecorderBed bed = new(device, start: 1_700_001_000);
        bed.Record("film", s_film);
    }

    /// <summary>Starts again on what the power left; returns how many packets there are of the second recording, no fewer than after a cut that came earlier.</summary>
    private static long Check(byte[] image, byte[] complete, long before)
    {
        RecorderBed bed = new(new RecordingDevice(image), start: 1_700_002_000);
        Assert.Equal(MountResult.Ok, bed.Result);
        Dictionary<string, byte[]> files = bed.Files();
        Assert.Equal(complete, files.Single(file => file.Key.StartsWith("before", StringComparison.Ordinal)).Value);
        byte[]? film = files.SingleOrDefault(file => file.Key.StartsWith("film", StringComparison.Ordinal)).Value;
        List<(TagType, uint, string)> seen = film is null ? [] : RecorderBed.Seen(film);
        Assert.Equal(RecorderBed.Expected(s_film).Take(seen.Count), seen);
        Assert.True(seen.Count >= before, $"{seen.Count} packets, and {before} after an earlier cut");

        // A second start finds the same, without mending anything; and recording goes on.
        RecorderBed again = new(new RecordingDevice(image), start: 1_700_003_000);
        Assert.Equal(files, again.Files());
        Assert.Equal(0, again.Volume!.RecoveredCount);
        again.Record("after", s_before);
        Assert.Equal(RecorderBed.Expected(s_before), RecorderBed.Seen(again.Files().Single(file => file.Key.StartsWith("after", StringComparison.Ordinal)).Value));
        return seen.Count;
    }
}
