// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Net.Http;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests.Cli;
using Uaas.KvmBed;
using Xunit;

namespace Uaas.Host.Tests.Guests;

/// <summary><c>uaas run FILE</c> with guests of ours as files of any name, with Debian's Linux, and with guests that others built.</summary>
[Trait("Needs", "namespaces, qemu")]
public sealed class ForeignGuestTests : IDisposable
{
    private static readonly string[] Modules =
        ["virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "failover", "net_failover", "virtio_net"];

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [ServiceFact]
    public Task A_guest_of_ours_runs_from_its_file_on_spt() => ServesAsync("spt", "uaas-spt", [], "<p>from a file");

    [QemuServiceFact]
    public Task A_guest_of_ours_runs_on_q35_with_virtio_on_PCI() => ServesAsync("pvh", "qemu-system-x86_64 -M q35", ["--machine", "q35"], "<p>from a file");

    [QemuServiceFact]
    public Task A_guest_of_ours_runs_on_pc_with_virtio_on_PCI() => ServesAsync("pvh", "qemu-system-x86_64 -M pc", ["--machine", "pc"], "<p>from a file");

    [LinuxGuestFact]
    public async Task Linux_gets_its_address_by_DHCP_and_serves()
    {
        using Command command = Command.Start(Environment, "run", LinuxKernel, "--initrd", WriteInitialFiles(), "--arg", "quiet", "--port", "0");
        string url = (await command.FirstLine)["ready ".Length..];
        Assert.Equal("from linux", await _client.GetStringAsync(url));
        Assert.Contains("LEASE 10.77.0.2/16 router 10.77.0.1 mtu 1500", command.Errors, StringComparison.Ordinal);
        Assert.Contains("is up: qemu-system-x86_64 -M pc,", command.Errors, StringComparison.Ordinal);
        command.Signal("INT");
        Assert.Equal(0, await command.EndAsync());
    }

    [LinuxGuestFact]
    public async Task A_panic_on_the_console_ends_a_guest_that_would_idle_on()
    {
        (int code, _, string errors) = await Command.RunAsync(Environment, "run", LinuxKernel, "--initrd", WriteInitialFiles(), "--arg", "quiet", "--arg", "panic=0", "--arg", "crash", "--port", "0");
        Assert.Equal(15, code);
        Assert.Contains("ended before it served: the guest panicked: ", errors, StringComparison.Ordinal);
        Assert.Contains("Kernel panic - not syncing", errors, StringComparison.Ordinal);
    }

    [ForeignGuestFact("mirage.spt")]
    public Task A_MirageOS_guest_serves() => OthersServeAsync("mirage.spt");

    [ForeignGuestFact("includeos.elf")]
    public Task An_IncludeOS_guest_serves() => OthersServeAsync("includeos.elf");

    [ForeignGuestFact("unikraft.elf")]
    public Task A_Unikraft_guest_serves() => OthersServeAsync("unikraft.elf");

    private static string LinuxKernel => Path.Combine(LinuxGuestFactAttribute.Folder, "vmlinuz");

    private Dictionary<string, string> Environment => new() { ["XDG_CACHE_HOME"] = Path.Combine(_folder, "cache"), ["UAAS_STORE"] = Path.Combine(_folder, "store"), ["TMPDIR"] = _folder };

    private async Task ServesAsync(string kind, string monitor, string[] options, string expected)
    {
        string kernel = Path.Combine(_folder, "some.file");
        File.Copy(Locations.Find().Image("http", kind), kernel);
        string content = Directory.CreateDirectory(Path.Combine(_folder, "content")).FullName;
        await File.WriteAllTextAsync(Path.Combine(content, "index.html"), expected);
        using Command command = Command.Start(Environment, ["run", kernel, "--content", content, "--port", "0", .. options]);
        string url = (await command.FirstLine)["ready ".Length..];
        Assert.Equal(expected, await _client.GetStringAsync(url));
        command.Signal("INT");
        Assert.Equal(0, await command.EndAsync());
        Assert.Contains($"some-1 is up: {monitor}, process ", command.Errors, StringComparison.Ordinal);
    }

    private async Task OthersServeAsync(string file)
    {
        using Command command = Command.Start(Environment, "run", Path.Combine(ForeignGuestFactAttribute.Folder!, file), "--port", "0");
        using HttpResponseMessage response = await _client.GetAsync(new Uri((await command.FirstLine)["ready ".Length..]));
        Assert.True((int)response.StatusCode < 500);
        command.Signal("INT");
        Assert.Equal(0, await command.EndAsync());
    }

    /// <summary>A file system of busybox and a script: takes an address by DHCP and serves a page, or crashes if it is told to.</summary>
    private string WriteInitialFiles()
    {
        string path = Path.Combine(_folder, "initial.gz");
        using var file = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        var archive = new CpioArchive(file);
        archive.Add("bin/busybox", File.ReadAllBytes(Path.Combine(LinuxGuestFactAttribute.Folder, "busybox")));
        foreach (string module in Modules)
            archive.Add($"{module}.ko", File.ReadAllBytes(Path.Combine(LinuxGuestFactAttribute.Folder, $"{module}.ko")));
        archive.Add("www/index.html", "from linux"u8);
        archive.Add("leased", """
            #!/bin/sh
            [ "$1" = bound ] || exit 0
            echo "LEASE $ip/$mask router $router mtu $mtu"
            ip addr add $ip/$mask dev eth0

            """u8);
        archive.Add("init", System.Text.Encoding.ASCII.GetBytes($"""
            #!/bin/busybox sh
            /bin/busybox mkdir -p /proc /sys /sbin /usr/bin
            /bin/busybox --install -s /bin
            mount -t proc proc /proc
            grep -q crash /proc/cmdline && echo c >/proc/sysrq-trigger
            for module in {string.Join(' ', Modules)}; do insmod /$module.ko; done
            ip link set lo up
            ip link set eth0 up
            udhcpc -i eth0 -s /leased -q -n -t 5
            exec httpd -f -h /www

            """));
        archive.Finish();
        return path;
    }
}
