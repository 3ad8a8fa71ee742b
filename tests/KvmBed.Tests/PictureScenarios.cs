// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Host.Images;
using Uaas.Imaging.Testing;

namespace Uaas.KvmBed;

/// <summary>The services that make pictures where KVM works: what comes of one picture on hvt is what comes of it on spt, byte for byte, by each of the encoders.</summary>
internal static class PictureScenarios
{
    private const string Script = """
        set -e
        tunctl -t tap0 >/dev/null
        ip address add 10.9.0.1/24 dev tap0
        ip link set tap0 up
        status=0
        for platform in spt hvt; do
            echo >/tmp/guest
            COMMAND >/tmp/guest 2>&1 </dev/null &
            monitor=$!
            for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do grep -q 'info ready' /tmp/guest && break; sleep 0.2; done
            for format in jpg png webp; do wget -q -O /tmp/$platform.$format "http://10.9.0.2/picture.png?w=10&f=$format"; done
            wget -q -O /tmp/$platform.file http://10.9.0.2/picture.png
            printf 'POST /drain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' | nc -w 2 10.9.0.2 9090 >/dev/null
            wait $monitor || status=$?
            grep -v 'GET /' /tmp/guest
        done
        for format in jpg png webp; do cmp /tmp/spt.$format /tmp/hvt.$format && [ -s /tmp/hvt.$format ] && echo "$format: the same"; done
        cmp /tmp/hvt.file FOLDER/picture.png && echo 'file: the same'
        tunctl -d tap0 >/dev/null
        exit $status
        """;

    private static readonly Lazy<IReadOnlyDictionary<string, byte[]>> s_files = new(Pack);

    /// <summary>A service, first on spt, then on hvt.</summary>
    internal static BedScenario SameAsOnSpt(string service, int mebibytes) => new(
        $"hvt: the {service} service makes the pictures that it makes on spt, and drains",
        0,
        "jpg: the same\npng: the same\nwebp: the same\nfile: the same\n",
        folder => Script.Replace("COMMAND", ServiceCommand.OnTender("$platform", service, mebibytes), StringComparison.Ordinal).Replace("FOLDER", folder, StringComparison.Ordinal),
        s_files.Value);

    private static Dictionary<string, byte[]> Pack()
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("uaas-bed-");
        try
        {
            byte[] picture = PngCorpus.Make().Last();
            string content = Directory.CreateDirectory(Path.Combine(work.FullName, "site")).FullName;
            string image = Path.Combine(work.FullName, "image");
            File.WriteAllBytes(Path.Combine(content, "picture.png"), picture);
            ContentPacker.Pack(new PackOptions { ContentDirectory = content, ImagePath = image });
            return new() { ["content"] = File.ReadAllBytes(image), ["nothing"] = new byte[512], ["picture.png"] = picture };
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }
}
