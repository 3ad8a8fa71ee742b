// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;

namespace Uaas.Media.Recording;

/// <summary>Writes what recordings there are, as JSON. Names are of letters, digits and three marks: there is nothing to escape.</summary>
internal static class RecordingList
{
    /// <summary>Bytes that an entry takes at most.</summary>
    private const int MaxEntry = 320;

    /// <summary>Writes those with a number above one, so many at most, as far as there is room. Returns the bytes.</summary>
    internal static int Write(Span<byte> room, Recorder recorder, long after, int most)
    {
        RecordingVolume volume = recorder.Volume;
        LineBuilder json = new(room);
        json.Append("{\"capacity\":"u8);
        json.Append(volume.Capacity);
        json.Append(",\"free\":"u8);
        json.Append(volume.FreeBytes);
        json.Append(",\"count\":"u8);
        json.Append(volume.Count);
        json.Append(",\"recordings\":["u8);
        int slot = volume.FindAfter(after);
        for (int i = 0; i < most && slot >= 0 && json.Text.Length + MaxEntry < room.Length; i++, slot = volume.FindAfter(after))
        {
            if (i > 0) json.Append(","u8);
            WriteEntry(ref json, volume, slot);
            after = volume[slot].Number;
        }

        json.Append("]"u8);
        if (slot >= 0)
        {
            json.Append(",\"next\":"u8);
            json.Append(after);
        }

        json.Append("}\n"u8);
        return json.Text.Length;
    }

    private static void WriteEntry(ref LineBuilder json, RecordingVolume volume, int slot)
    {
        ref readonly RecordingEntry entry = ref volume[slot];
        json.Append("{\"name\":\""u8);
        RecordingName.Write(ref json, volume.NameOf(slot), entry.Start);
        json.Append("\",\"stream\":\""u8);
        json.Append(volume.NameOf(slot));
        json.Append("\",\"started\":\""u8);
        RecordingName.WriteTime(ref json, entry.Start);
        json.Append("\",\"state\":\""u8);
        json.Append(entry.State switch
        {
            RecordingState.Open => "recording"u8,
            RecordingState.Complete => "complete"u8,
            RecordingState.Recovered => "recovered"u8,
            _ => "broken"u8,
        });
        json.Append("\""u8);
        if (entry.IsPlayable)
        {
            json.Append(",\"bytes\":"u8);
            json.Append(entry.FileLength);
            json.Append(",\"duration_ms\":"u8);
            json.Append(entry.Duration);
            json.Append(",\"key_frames\":"u8);
            json.Append(entry.KeyCount);
        }

        json.Append(",\"number\":"u8);
        json.Append(entry.Number);
        json.Append("}"u8);
    }
}
