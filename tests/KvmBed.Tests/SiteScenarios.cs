// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Uaas.Host.Images;

namespace Uaas.KvmBed;

/// <summary>The http service where KVM works: a page, a larger file, and an end in order.</summary>
internal static class SiteScenarios
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
        wget -q -O /tmp/page http://10.9.0.2/
        cmp /tmp/page FOLDER/index.html && echo 'page: the same'
        wget -q -O /tmp/large http://10.9.0.2/large.bin
        cmp /tmp/large FOLDER/large.bin && echo 'large file: the same'
        printf 'POST /drain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' | nc -w 2 10.9.0.2 9090 >/dev/null
        status=0
        wait $monitor || status=$?
        grep -v 'GET /' /tmp/guest
        tunctl -d tap0 >/dev/null
        exit $status
        """;

    private const int MemoryMebibytes = 20;

    private static readonly Lazy<IReadOnlyDictionary<string, byte[]>> s_files = new(Pack);

    /// <summary>The service on a tender.</summary>
    internal static BedScenario OnTender(string platform) => Of(platform, 0, ServiceCommand.OnTender(platform, "http", MemoryMebibytes));

    /// <summary>The service on QEMU with KVM.</summary>
    /// <param name="command">QEMU with its machine.</param>
    /// <param name="success">QEMU's status when the guest ends well.</param>
    internal static BedScenario OnQemu(string command, int success) => Of("qemu", success, ServiceCommand.OnQemu(command, "http"));

    private static BedScenario Of(string monitor, int status, string command) => new(
        $"{monitor}: the http service serves and drains",
        status,
        "page: the same\nlarge file: the same\n",
        folder => Script.Replace("COMMAND", command, StringComparison.Ordinal).Replace("FOLDER", folder, StringComparison.Ordinal),
        s_files.Value);

    private static Dictionary<string, byte[]> Pack()
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("uaas-bed-");
        try
        {
            byte[] page = "<!doctype html><title>bed</title>"u8.ToArray();
            byte[] large = new byte[300_000];
            new Random(1).NextBytes(large);
            string content = Path.Combine(work.FullName, "site");
            string image = Path.Combine(work.FullName, "image");
            Directory.CreateDirectory(content);
            File.WriteAllBytes(Path.Combine(content, "index.html"), page);
            File.WriteAllBytes(Path.Combine(content, "large.bin"), large);
            ContentPacker.Pack(new PackOptions { ContentDirectory = content, ImagePath = image });
            return new() { ["content"] = File.ReadAllBytes(image), ["index.html"] = page, ["large.bin"] = large };
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }
}
