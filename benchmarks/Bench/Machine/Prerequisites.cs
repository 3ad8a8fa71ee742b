// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Machine;

/// <summary>The Debian packages that the benchmark needs.</summary>
internal static class Prerequisites
{
    private static readonly (string Program, string Package)[] Needed =
        [("wrk", "wrk"), ("nginx", "nginx-light"), ("qemu-system-x86_64", "qemu-system-x86"), ("ip", "iproute2"), ("ldd", "libc-bin"), ("ffmpeg", "ffmpeg"), (VideoServers.NginxModule, "libnginx-mod-rtmp"), (ImageServers.NginxModule, "libnginx-mod-http-image-filter"),
            ("vipsthumbnail", "libvips-tools"), ("taskset", "util-linux")];

    /// <summary>Installs what is missing, saying what.</summary>
    internal static void Install(Action<string> say)
    {
        string[] missing = [.. Needed.Where(need => Programs.Find(need.Program) is null).Select(need => need.Package)];
        if (missing.Length == 0)
            return;
        say($"installing {string.Join(", ", missing)} (apt-get)");
        Programs.Run("apt-get", "-q", "update");
        Programs.Run("sh", "-c", $"DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q install -y --no-install-recommends {string.Join(' ', missing)}");
    }
}
