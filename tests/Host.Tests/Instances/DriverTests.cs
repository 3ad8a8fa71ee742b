// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Uaas.Linux;
using Xunit;

namespace Uaas.Host.Tests.Instances;

/// <summary>The drivers, with a shell script in the tender's place.</summary>
public sealed class DriverTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_tender_gets_Solo5s_command_line()
    {
        using var tap = new SafeFileHandle(37, ownsHandle: false);
        InstanceSpec spec = Spec() with
        {
            MemoryMebibytes = 8,
            Arguments = ["ip=10.77.0.2/32", "name=http-1"],
            Networks = [new NetworkAttachment("net", tap, "02:00:0a:4d:00:02")],
            Blocks = [new BlockAttachment("content", "/a b", 16384)],
        };
        Assert.Equal(
            ["--mem=8", "--net:net=@37", "--net-mac:net=02:00:0a:4d:00:02", "--block-ro:content=/a b", "--block-sector-size:content=16384", "--", "image", "ip=10.77.0.2/32", "name=http-1"],
            TenderDriver.CommandLine(spec));
    }

    [Fact]
    public void Qemu_gets_a_microvm_with_the_devices_in_order()
    {
        using var tap = new SafeFileHandle(37, ownsHandle: false);
        InstanceSpec spec = Spec() with
        {
            Arguments = ["name=http-1"],
            Networks = [new NetworkAttachment("net", tap, "02:00:0a:4d:00:02")],
            Blocks = [new BlockAttachment("content", "/a,b", 512)],
        };
        string line = string.Join(' ', QemuCommandLine.For(spec, QemuAcceleration.Tcg, DateTimeOffset.UnixEpoch.AddSeconds(2)));
        Assert.Contains("-accel tcg,tb-size=128 -cpu max -m 16 -M microvm,", line, StringComparison.Ordinal);
        Assert.Contains("-kernel image -netdev tap,id=net,fd=37 -device virtio-net-device,netdev=net,mac=02:00:0a:4d:00:02", line, StringComparison.Ordinal);
        Assert.Contains("file=/a,,b -device virtio-blk-device,drive=content", line, StringComparison.Ordinal);
        Assert.EndsWith("-append name=http-1 time=2000000000", line, StringComparison.Ordinal);
        Assert.Contains("-accel kvm -cpu host", string.Join(' ', QemuCommandLine.For(spec, QemuAcceleration.Kvm, DateTimeOffset.UnixEpoch)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_is_passed_as_the_open_file_that_carries_its_lock()
    {
        using var file = new SafeFileHandle(41, ownsHandle: false);
        InstanceSpec spec = Spec() with { Blocks = [new BlockAttachment("recordings", "/v", 4096, file, IsWritable: true)] };
        Assert.Equal(["--block:recordings=@41", "--block-sector-size:recordings=4096"], TenderDriver.CommandLine(spec).Where(word => word.Contains("recordings", StringComparison.Ordinal)));
        string line = string.Join(' ', QemuCommandLine.For(spec, QemuAcceleration.Tcg, DateTimeOffset.UnixEpoch));
        Assert.Contains("-add-fd fd=41,set=41 -drive if=none,id=recordings,format=raw,cache=writeback,auto-read-only=off,werror=report,rerror=report,file=/dev/fdset/41 -device virtio-blk-device,drive=recordings,logical_block_size=4096", line, StringComparison.Ordinal);
        Assert.DoesNotContain("readonly", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KernelFormat.Linux, QemuMachine.Pc, "-M pc -device virtio-rng-pci -kernel image -append console=ttyS0")]
    [InlineData(KernelFormat.Disk, QemuMachine.Q35, "-drive if=none,id=boot,format=raw,snapshot=on,file=image -device virtio-blk-pci,drive=boot,bootindex=0")]
    [InlineData(KernelFormat.Iso, QemuMachine.Pc, "-drive if=none,id=boot,format=raw,readonly=on,file=image -device ide-cd,bus=ide.1,drive=boot,bootindex=0")]
    public void Guests_of_others_get_an_ordinary_machine_and_no_words_of_ours(KernelFormat format, QemuMachine machine, string expected)
    {
        InstanceSpec spec = Spec() with { Format = format, IsOurs = false, Machine = machine, Arguments = ["console=ttyS0"] };
        string line = string.Join(' ', QemuCommandLine.For(spec, QemuAcceleration.Tcg, DateTimeOffset.UnixEpoch));
        Assert.EndsWith(expected, line, StringComparison.Ordinal);
        Assert.DoesNotContain("time=", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 0", ExitCause.Guest, 0)]
    [InlineData("exit 7", ExitCause.Guest, 7)]
    [InlineData("exit 255", ExitCause.Abort, 255)]
    [InlineData("exit 125", ExitCause.Monitor, 125)]
    [InlineData("kill -SYS $$", ExitCause.Signal, 31)]
    public async Task Says_who_ended_an_instance(string script, ExitCause cause, int code)
    {
        using IInstance instance = Tender(script).Start(Spec());
        InstanceExit exit = await instance.WaitAsync().WaitAsync(Patience);
        Assert.Equal((cause, code), (exit.Cause, exit.Code));
    }

    [Fact]
    public async Task All_that_an_instance_printed_is_there_when_its_end_is_known()
    {
        using IInstance instance = Tender("i=0; while [ $i -lt 150 ]; do echo line $i; i=$((i+1)); done; echo error >&2; printf last; exit 3").Start(Spec());
        await instance.WaitAsync().WaitAsync(Patience);
        string[] lines = [.. instance.Console.Tail().Select(line => line.Text)];
        Assert.Equal(152, lines.Length);
        Assert.Equal(["line 149", "error", "last"], lines[^3..]);
    }

    [Fact]
    public async Task A_console_that_nobody_looks_at_does_not_hold_the_instance_up()
    {
        using IInstance instance = Tender("head -c 4000000 /dev/zero | tr '\\0' 'x'; exit 4").Start(Spec());
        Assert.Equal(4, (await instance.WaitAsync().WaitAsync(Patience)).Code);
    }

    [Fact]
    public async Task An_instance_that_does_not_stop_is_destroyed()
    {
        using IInstance instance = Tender("trap '' TERM; echo up; while :; do sleep 1; done").Start(Spec());
        var up = new TaskCompletionSource();
        instance.Console.Follow(_ => up.TrySetResult());
        if (instance.Console.Tail().Count == 0)
            await up.Task.WaitAsync(Patience);
        Task<InstanceExit> stopped = instance.StopAsync(TimeSpan.FromMilliseconds(20));

        // The script's sleep holds the console open for up to a second after its parent.
        Assert.Equal(9, (await stopped.WaitAsync(Patience)).Code);
    }

    [Fact]
    public async Task An_instance_is_found_again_by_its_handle_and_not_after_its_end()
    {
        TenderDriver driver = Tender("exec sleep 60");
        using IInstance instance = driver.Start(Spec());
        using IInstance? again = driver.Recover(Spec(), instance.Handle);
        Assert.NotNull(again);
        Assert.NotNull(again.ReadStatistics());
        Assert.Null(driver.Recover(Spec(), instance.Handle with { StartTicks = instance.Handle.StartTicks + 1 }));
        Assert.Equal(ExitCause.Unknown, (await again.StopAsync(Patience).WaitAsync(Patience)).Cause);
        Assert.Equal(15, (await instance.WaitAsync().WaitAsync(Patience)).Code);
        Assert.Null(driver.Recover(Spec(), instance.Handle));
        Assert.Null(instance.ReadStatistics());
    }

    [Fact]
    public void A_tender_that_is_not_there_is_named()
    {
        var driver = TenderDriver.Spt("/no/such/tender");
        Assert.False(driver.Fingerprint().Possible);
        var e = Assert.Throws<UaasException>(() => driver.Start(Spec()));
        Assert.Equal(Failure.Monitor, e.Failure);
        Assert.Contains("/no/such/tender", e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Remedy);
    }

    [Fact]
    public async Task The_mock_does_what_its_script_says()
    {
        var driver = new MockDriver(mock => mock.Console.Append("scripted\n"u8));
        IInstance instance = driver.Start(Spec());
        Assert.Equal("scripted", instance.Console.Tail().Single().Text);
        Assert.Same(instance, driver.Recover(Spec(), instance.Handle));
        Assert.Equal(15, (await instance.StopAsync(Patience)).Code);
        Assert.Null(driver.Recover(Spec(), instance.Handle));
    }

    private static InstanceSpec Spec() => new() { Name = "test-1", Image = "image", MemoryMebibytes = 16 };

    private TenderDriver Tender(string script)
    {
        string path = Path.Combine(_folder, "tender");
        File.WriteAllText(path, "#!/bin/sh\nPATH=/usr/bin:/bin\n" + script + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return TenderDriver.Spt(path);
    }
}
