// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Uaas.Bench.Machine;

namespace Uaas.Bench.Clients.Video;

/// <summary>One packet of a recording.</summary>
/// <param name="Type">8 for sound, 9 for pictures, 18 for metadata.</param>
/// <param name="Time">Milliseconds since it began.</param>
/// <param name="Body">The packet.</param>
internal sealed record RecordedPacket(byte Type, uint Time, byte[] Body)
{
    /// <summary>Whether it is a decoder's configuration, or metadata: sent once.</summary>
    internal bool IsHeader => Type == 18 || Body.Length > 1 && Body[1] == 0;

    /// <summary>Whether it is a picture by which decoding can begin.</summary>
    internal bool IsKey => Type == 9 && Body[0] >> 4 == 1;
}

/// <summary>A film of ten seconds made by ffmpeg: H.264 and AAC, 2 Mbit/s in all, 25 pictures a second, a key frame every two seconds.</summary>
internal sealed class Recording
{
    /// <summary>Milliseconds of it.</summary>
    internal const uint Length = 10_000;

    private const int FileHeader = 13;
    private const int TagHeader = 11;
    private const int TagTrailer = 4;

    private Recording(IReadOnlyList<RecordedPacket> packets)
    {
        Packets = packets;
    }

    /// <summary>Its packets in the order of time.</summary>
    internal IReadOnlyList<RecordedPacket> Packets { get; }

    /// <summary>Makes it below a folder.</summary>
    internal static Recording Make(string folder)
    {
        string path = Path.Combine(folder, "film.flv");
        string seconds = (Length / 1000).ToString(CultureInfo.InvariantCulture);
        Programs.Run(
            "ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y",
            "-f", "lavfi", "-i", $"testsrc2=size=1280x720:rate=25:duration={seconds},noise=alls=20:allf=t",
            "-f", "lavfi", "-i", $"sine=frequency=440:duration={seconds}",
            "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "1870k", "-minrate", "1870k", "-maxrate", "1870k", "-bufsize", "935k", "-g", "50", "-sc_threshold", "0",
            "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", "-ar", "44100", "-f", "flv", path);
        return new Recording(Read(File.ReadAllBytes(path)));
    }

    private static List<RecordedPacket> Read(byte[] file)
    {
        var packets = new List<RecordedPacket>();
        for (int at = FileHeader; at + TagHeader < file.Length;)
        {
            int length = (int)(BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at)) & 0xff_ffff);
            uint time = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 4)) >> 8 | (uint)file[at + 7] << 24;
            packets.Add(new RecordedPacket(file[at], time, file.AsSpan(at + TagHeader, length).ToArray()));
            at += TagHeader + length + TagTrailer;
        }
        return packets;
    }
}
