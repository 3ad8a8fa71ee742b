// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using Uaas.Bench.Machine;
using Uaas.Networking;

namespace Uaas.Bench.Servers;

/// <summary>The <c>http</c> service on its monitors.</summary>
/// <param name="artifacts">What the build made.</param>
/// <param name="site">What it serves.</param>
/// <param name="place">A folder for logs.</param>
internal sealed class Unikernel(Artifacts artifacts, Site site, string place)
{
    // What uaas run gives an instance, in MiB.
    private const int Memory = 32;

    private const int Port = 80;

    // As the service's manifest has them.
    private const string NetworkName = "service";
    private const string ContentName = "content";

    /// <summary>Prepares an instance on spt, its tap held.</summary>
    internal Server PrepareSpt(GuestNetwork network, int mtu = 1500)
    {
        InstanceLink link = network.AddInstance(offloads: true, mtu);
        List<string> arguments =
        [
            $"--mem={Memory}",
            $"--net:{NetworkName}=@{link.Tap.Descriptor.DangerousGetHandle()}",
            $"--net-mac:{NetworkName}={link.EthernetAddress}",
            $"--block-ro:{ContentName}={site.Image}",
            $"--block-sector-size:{ContentName}={Site.ImageBlockSize}",
            "--",
            artifacts.HttpImage("spt"),
            .. GuestArguments(link),
        ];
        return Prepare("uaas spt", network.Namespace, link, new ServerCommand(artifacts.SptTender, arguments, [link.Tap.Descriptor]));
    }

    /// <summary>Prepares an instance on QEMU's own emulator, its tap held.</summary>
    internal Server PrepareQemu(GuestNetwork network)
    {
        InstanceLink link = network.AddInstance(offloads: true);
        List<string> arguments =
        [
            .. QemuMachine.Common("microvm,acpi=off,pit=off,pic=off,rtc=off", Memory, link),
            "-kernel", artifacts.HttpImage("pvh"),
            "-device", "virtio-rng-device",
            "-drive", $"if=none,id=content,format=raw,readonly=on,file={site.Image}",
            "-device", $"virtio-blk-device,drive=content,logical_block_size={Site.ImageBlockSize},physical_block_size={Site.ImageBlockSize}",
            "-append", string.Join(' ', GuestArguments(link)),
        ];
        return Prepare("uaas qemu", network.Namespace, link, new ServerCommand(Programs.Require(QemuMachine.Program), arguments, [link.Tap.Descriptor]));
    }

    private static string[] GuestArguments(InstanceLink link) => [$"ip={link.Address}/32", $"gw={NodeNetwork.NodeAddress}"];

    private Server Prepare(string name, NetworkNamespace network, InstanceLink link, ServerCommand command)
    {
        string log = Path.Combine(place, string.Create(CultureInfo.InvariantCulture, $"{link.Address}-{name.Replace(' ', '-')}.log"));
        return new Server(name, network, network, new IPEndPoint(link.Address, Port), command, log, link);
    }
}
