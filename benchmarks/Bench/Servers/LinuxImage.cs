// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Servers;

/// <summary>What serves inside the Linux microVM.</summary>
internal enum LinuxServer
{
    /// <summary>busybox's httpd: the quickest to start.</summary>
    Busybox,

    /// <summary>nginx: the quickest to serve.</summary>
    Nginx,
}

/// <summary>
/// A small Linux for a microVM: Debian's cloud kernel and an initial file system with busybox and the web server. Packages are fetched by apt once and
/// kept below the build's folder; nothing is installed.
/// </summary>
internal sealed class LinuxImage
{
    // In the order in which they need one another.
    private static readonly string[] Modules =
    [
        "drivers/virtio/virtio_ring.ko", "drivers/virtio/virtio.ko", "drivers/virtio/virtio_mmio.ko",
        "net/core/failover.ko", "drivers/net/net_failover.ko", "drivers/net/virtio_net.ko",
    ];

    private readonly string _folder;
    private readonly string _release;

    private LinuxImage(string folder)
    {
        _folder = folder;
        Kernel = Directory.GetFiles(Path.Combine(folder, "boot"), "vmlinuz-*").Single();
        _release = Path.GetFileName(Kernel)["vmlinuz-".Length..];
    }

    /// <summary>The kernel.</summary>
    internal string Kernel { get; }

    /// <summary>Fetches and unpacks the packages, unless they are there.</summary>
    /// <exception cref="UaasException">apt cannot fetch them.</exception>
    internal static LinuxImage Fetch(string cache)
    {
        string folder = Path.Combine(cache, "linux");
        if (!Directory.Exists(folder))
        {
            string partial = Directory.CreateDirectory(folder + ".partial").FullName;
            foreach (string package in new[] { KernelPackage(), "busybox-static" })
            {
                Programs.Run("sh", "-c", $"cd '{partial}' && apt-get -q download {package} && dpkg-deb -x {package}_*.deb . && rm {package}_*.deb");
            }
            Directory.Move(partial, folder);
        }
        return new LinuxImage(folder);
    }

    /// <summary>Writes the initial file system that serves a folder at an address.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="server">What serves.</param>
    /// <param name="site">What is served.</param>
    internal void WriteInitialFileSystem(string path, LinuxServer server, Site site)
    {
        using var archive = new CpioArchive(File.Create(path));
        foreach (string directory in new[] { "proc", "sys", "dev", "tmp", "var/lib/nginx" })
            archive.AddDirectory(directory);
        archive.AddFile("bin/busybox", File.ReadAllBytes(Path.Combine(_folder, "bin", "busybox")));
        foreach (string module in Modules)
            archive.AddFile($"modules/{Path.GetFileName(module)}", File.ReadAllBytes(Path.Combine(_folder, "lib", "modules", _release, "kernel", module)));
        foreach (Body body in Site.Bodies)
            archive.AddFile($"site{body.Path}", File.ReadAllBytes(site.Folder + body.Path));
        if (server == LinuxServer.Nginx)
            AddNginx(archive);
        archive.AddFile("init", Encoding.ASCII.GetBytes(Init(server)));
    }

    /// <summary>The script that Linux runs first. The instance's address comes from the kernel's command line, as environment.</summary>
    private static string Init(LinuxServer server)
    {
        var script = new StringBuilder("#!/bin/busybox sh\n");
        script.Append("b=/bin/busybox\n$b mount -t proc proc /proc\n$b mount -t sysfs sys /sys\n$b mount -t devtmpfs dev /dev\n");
        foreach (string module in Modules)
            script.Append($"$b insmod /modules/{Path.GetFileName(module)}\n");
        script.Append("$b ip link set lo up\n$b ip addr add $address/32 dev eth0\n$b ip link set eth0 up\n");
        script.Append("$b ip route add $gateway dev eth0\n$b ip route add default via $gateway dev eth0\n");
        script.Append(server == LinuxServer.Nginx ? "exec /usr/sbin/nginx -c /nginx.conf -e /dev/null\n" : "exec $b httpd -f -p 80 -h /site\n");
        return script.ToString();
    }

    private static void AddNginx(CpioArchive archive)
    {
        string nginx = Programs.Require("nginx");
        archive.AddFile("usr/sbin/nginx", File.ReadAllBytes(nginx));
        foreach (string library in LibrariesOf(nginx))
            archive.AddFile(library.TrimStart('/'), File.ReadAllBytes(library));
        archive.AddFile("nginx.conf", Encoding.ASCII.GetBytes(NginxPeer.Configuration("/tmp", "/site", "80")));
        archive.AddFile("etc/passwd", "root:x:0:0::/:/bin/sh\n"u8);
        archive.AddFile("etc/group", "root:x:0:\n"u8);
    }

    /// <summary>The shared libraries of a program and its loader: the paths that ldd names.</summary>
    internal static IEnumerable<string> LibrariesOf(string program) =>
        Programs.Run("ldd", program).Split(' ', '\n', '\t').Where(word => word.StartsWith('/'));

    /// <summary>The package that holds the newest cloud kernel: what the metapackage depends on.</summary>
    private static string KernelPackage() =>
        Programs.Run("apt-cache", "depends", "--important", "linux-image-cloud-amd64").Split(' ', '\n').First(word => word.StartsWith("linux-image-", StringComparison.Ordinal)
            && word != "linux-image-cloud-amd64");
}
