// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Host.Images;

namespace Uaas.KvmBed;

/// <summary>The flv service where KVM works: a stream that is published and played, a film, and an end in order.</summary>
internal static class VideoScenarios
{
    private const string Script = """
        set -e
        tunctl -t tap0 >/dev/null
        ip address add 10.9.0.1/24 dev tap0
        ip link set tap0 up
        touch /tmp/guest
        COMMAND >/tmp/guest 2>&1 </dev/null &
        monitor=$!
        for i in 1 2 3 4 5 6 7 8 9 10; do grep -q 'info ready' /tmp/guest && break; sleep 0.2; done
        wget -q -O /tmp/whole http://10.9.0.2/vod/film.flv
        tail -c TAIL /tmp/whole >/tmp/tail
        cmp /tmp/tail FOLDER/tail.bin && echo 'film: the same'
        (cat FOLDER/head.bin; sleep 1; cat FOLDER/tail.bin; sleep 1) | nc 10.9.0.2 80 >/tmp/posted &
        publisher=$!
        sleep 0.5
        wget -q -O /tmp/live http://10.9.0.2/live/bed.flv &
        viewer=$!
        wait $publisher || true
        grep -q '204 No Content' /tmp/posted && echo 'stream: published'
        printf 'POST /drain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' | nc -w 2 10.9.0.2 9090 >/dev/null
        status=0
        wait $monitor || status=$?
        wait $viewer || true
        cmp /tmp/live FOLDER/film.bin && echo 'stream: the same'
        cat /tmp/guest
        tunctl -d tap0 >/dev/null
        exit $status
        """;

    private const int MemoryMebibytes = 72;
    private const int Pictures = 50;

    private static readonly Lazy<IReadOnlyDictionary<string, byte[]>> s_files = new(Pack);

    /// <summary>The service on a tender.</summary>
    internal static BedScenario OnTender(string platform) => Of(platform, 0, ServiceCommand.OnTender(platform, "flv", MemoryMebibytes));

    /// <summary>The service on QEMU with KVM.</summary>
    /// <param name="command">QEMU with its machine.</param>
    /// <param name="success">QEMU's status when the guest ends well.</param>
    internal static BedScenario OnQemu(string command, int success) => Of("qemu", success, ServiceCommand.OnQemu(command, "flv"));

    private static BedScenario Of(string monitor, int status, string command) => new(
        $"{monitor}: the flv service takes a stream, plays it and a film, and drains",
        status,
        "film: the same\nstream: published\nstream: the same\n",
        folder => Script.Replace("COMMAND", command, StringComparison.Ordinal)
            .Replace("TAIL", $"{s_files.Value["tail.bin"].Length}", StringComparison.Ordinal)
            .Replace("FOLDER", folder, StringComparison.Ordinal),
        s_files.Value);

    private static Dictionary<string, byte[]> Pack()
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("uaas-bed-");
        try
        {
            // A stream of one group without metadata: who plays it from the start gets just what was published.
            byte[] start = [.. "FLV\x01\x05\0\0\0\x09\0\0\0\0"u8, .. Tag(9, 0, [0x17, 0, 0, 0, 0, 1]), .. Tag(8, 0, [0xAF, 0, 0x12, 0x10]), .. Tag(9, 0, Picture(0x17, 3000, 0))];
            byte[] rest = [.. Enumerable.Range(1, Pictures).SelectMany(i => Tag(9, i * 40, Picture(0x27, 700, i)))];
            string content = Directory.CreateDirectory(Path.Combine(work.FullName, "site")).FullName;
            string image = Path.Combine(work.FullName, "image");
            File.WriteAllBytes(Path.Combine(content, "film.flv"), [.. start, .. rest]);
            ContentPacker.Pack(new PackOptions { ContentDirectory = content, ImagePath = image, IndexesFilms = true });
            string request = $"POST /live/bed.flv HTTP/1.1\r\nHost: a\r\nContent-Length: {start.Length + rest.Length}\r\nConnection: close\r\n\r\n";
            return new()
            {
                ["content"] = File.ReadAllBytes(image),
                ["nothing"] = new byte[512],
                ["film.bin"] = [.. start, .. rest],
                ["head.bin"] = [.. System.Text.Encoding.ASCII.GetBytes(request), .. start],
                ["tail.bin"] = rest,
            };
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static byte[] Picture(byte first, int size, int seed)
    {
        byte[] body = new byte[size];
        new Random(seed).NextBytes(body);
        ReadOnlySpan<byte> header = [first, 1, 0, 0, 0];
        header.CopyTo(body);
        return body;
    }

    private static byte[] Tag(byte type, int time, byte[] body) =>
    [
        type, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, (byte)(time >> 16), (byte)(time >> 8), (byte)time, 0, 0, 0, 0,
        .. body, (byte)(body.Length + 11 >> 24), (byte)(body.Length + 11 >> 16), (byte)(body.Length + 11 >> 8), (byte)(body.Length + 11),
    ];
}
