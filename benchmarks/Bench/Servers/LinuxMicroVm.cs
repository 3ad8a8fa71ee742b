// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using Uaas.Bench.Machine;
using Uaas.Networking;

namespace Uaas.Bench.Servers;

/// <summary>A Linux microVM on the same QEMU, set up to start as quickly as it can.</summary>
internal sealed class LinuxMicroVm
{
    private const int Memory = 256;
    private const int Port = 80;

    private readonly LinuxImage _image;
    private readonly string _fileSystem;
    private readonly string _place;
    private readonly string _name;

    /// <param name="image">The kernel and programs.</param>
    /// <param name="server">What serves in it.</param>
    /// <param name="site">What it serves.</param>
    /// <param name="place">A folder for its file system and logs.</param>
    internal LinuxMicroVm(LinuxImage image, LinuxServer server, Site site, string place)
    {
        _image = image;
        _place = place;
        _name = $"Linux microVM, {(server == LinuxServer.Nginx ? "nginx" : "busybox httpd")}";
        _fileSystem = Path.Combine(place, $"linux-{server}.cpio");
        image.WriteInitialFileSystem(_fileSystem, server, site);
    }

    /// <summary>Bytes of the kernel and the file system that are loaded.</summary>
    internal long ImageSize => new FileInfo(_image.Kernel).Length + new FileInfo(_fileSystem).Length;

    /// <summary>Prepares a microVM, its tap held.</summary>
    internal Server Prepare(GuestNetwork network)
    {
        InstanceLink link = network.AddInstance(offloads: true);

        // Debian's kernel finds virtio-mmio devices by ACPI only. The emulator's clock runs at the host's rate; told, Linux neither measures it nor fails to.
        List<string> arguments =
        [
            .. QemuMachine.Common("microvm,acpi=on", Memory, link),
            "-kernel", _image.Kernel,
            "-initrd", _fileSystem,
            "-append", $"quiet loglevel=0 panic=-1 mitigations=off tsc_early_khz={ClockKilohertz()} address={link.Address} gateway={NodeNetwork.NodeAddress}",
        ];
        var command = new ServerCommand(Programs.Require(QemuMachine.Program), arguments, [link.Tap.Descriptor]);
        return new Server(_name, network.Namespace, network.Namespace, new IPEndPoint(link.Address, Port), command, Path.Combine(_place, $"{link.Address}-linux.log"), link);
    }

    private static int ClockKilohertz()
    {
        string line = File.ReadLines("/proc/cpuinfo").First(text => text.StartsWith("cpu MHz", System.StringComparison.Ordinal));
        return (int)(double.Parse(line[(line.IndexOf(':') + 1)..], CultureInfo.InvariantCulture) * 1000);
    }
}
