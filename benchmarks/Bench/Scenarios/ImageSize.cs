// SPDX-License-Identifier: Apache-2.0

using System.IO;
using System.Linq;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>Bytes of the images and of the tender, beside the peers' programs.</summary>
internal sealed class ImageSize : Scenario
{
    private const double Kilobyte = 1000;
    private const double LargestImage = 300;

    internal override string Name => "size";

    internal override string Summary => "bytes of the images, against nginx with its libraries and the Linux microVM";

    internal override void Run(Workbench bench)
    {
        double nginx = NginxSize();
        var linux = new LinuxMicroVm(bench.Linux, LinuxServer.Busybox, bench.Site, bench.Folder);
        foreach (string platform in new[] { "spt", "hvt", "pvh" })
        {
            string path = bench.Artifacts.HttpImage(platform);
            string? missing = File.Exists(path) ? null : $"there is no {path}: ./uaas build";
            bench.Report.Add(Workbench.Complete(
                    new Comparison(Name, $"http image, {platform}", "kB", Better.Less), "uaas", missing is null ? [new FileInfo(path).Length / Kilobyte] : [], missing)
                .WithPeer("nginx and its libraries", [nginx])
                .WithPeer("Linux microVM, busybox httpd", [linux.ImageSize / Kilobyte])
                .WithGoal(new Goal(LargestImage)));
        }
        if (File.Exists(bench.Artifacts.SptTender))
        {
            bench.Report.Add(new Comparison(Name, "spt tender", "kB", Better.Less)
                .WithOurs("uaas-spt", [new FileInfo(bench.Artifacts.SptTender).Length / Kilobyte])
                .WithPeer("QEMU, program alone", [new FileInfo(Programs.Require(QemuMachine.Program)).Length / Kilobyte]));
        }
    }

    private static double NginxSize()
    {
        string nginx = Programs.Require("nginx");
        return LinuxImage.LibrariesOf(nginx).Prepend(nginx).Sum(path => new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path).Length) / Kilobyte;
    }
}
