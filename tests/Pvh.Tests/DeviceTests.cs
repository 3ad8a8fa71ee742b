// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using Xunit;

namespace Uaas.Pvh.Tests;

public sealed class DeviceTests : IDisposable
{
    private static readonly byte[] s_guest = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
    private static readonly byte[] s_host = [0x02, 0x00, 0x00, 0x00, 0x00, 0x01];

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-pvh").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [QemuTheory]
    [InlineData("off", "ok", "")]
    [InlineData("on", "read-only", "")]
    [InlineData("off", "ok", ",logical_block_size=4096,physical_block_size=4096")]
    public void A_disk_is_read_and_written_where_it_may_be(string readOnly, string written, string size)
    {
        byte[] content = new byte[256 * 1024];
        new Random(1).NextBytes(content);
        string path = Path.Combine(_folder, "disk");
        File.WriteAllBytes(path, content);

        GuestEnd end = Qemu.Run("disk", "", "-drive", $"if=none,id=d0,format=raw,file={path},read-only={readOnly}", "-device", "virtio-blk-device,drive=d0" + size);

        Assert.Contains("ok: pieces agree\n", end.Console);
        Assert.Contains("read past the end: out of range\n", end.Console);
        Assert.Contains($"write the first block: {written}\n", end.Console);
        Assert.Equal(Sum(content) & 0x7f, (uint)end.Status!.Value);
        byte[] after = File.ReadAllBytes(path);
        Assert.Equal(readOnly == "on" ? content[0] : (byte)~content[0], after[0]);
        Assert.True(after.AsSpan(8192, content.Length - 16384).SequenceEqual(content.AsSpan(8192, content.Length - 16384)));
    }

    [QemuTheory]
    [InlineData("q35")]
    [InlineData("pc")]
    public void On_PCI_a_disk_is_read_and_written(string machine)
    {
        byte[] content = new byte[256 * 1024];
        new Random(4).NextBytes(content);
        string[] paths = [Path.Combine(_folder, "first"), Path.Combine(_folder, "second")];
        foreach (string path in paths) File.WriteAllBytes(path, content);
        using var qemu = new Qemu("disk", "", machine, modern: false,
            "-device", "virtio-rng-pci", "-drive", $"if=none,id=d0,format=raw,file={paths[0]}", "-device", "virtio-blk-pci,drive=d0",
            "-drive", $"if=none,id=d1,format=raw,file={paths[1]}", "-device", "virtio-blk-pci,drive=d1,disable-legacy=on");
        GuestEnd end = qemu.WaitForEnd();
        Assert.Contains("ok: pieces agree\n", end.Console);
        Assert.Equal(Sum(content) & 0x7f, (uint)end.Status!.Value);
        Assert.Equal((byte)~content[0], File.ReadAllBytes(paths[0])[0]);
        Assert.Equal(content, File.ReadAllBytes(paths[1]));
    }

    [QemuTheory]
    [InlineData("q35")]
    [InlineData("pc")]
    public void On_PCI_frames_come_back_and_wake_a_guest_that_sleeps(string machine)
    {
        using DatagramSocket socket = Listen(out string[] options);
        using var qemu = new Qemu("netecho", "", machine, modern: false, [.. options.Select(option => option.Replace("virtio-net-device", "virtio-net-pci", StringComparison.Ordinal))]);
        Assert.Equal("plain", qemu.ReadLine());
        Assert.Equal("ready", qemu.ReadLine());
        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            byte[] frame = Frame(random, random.Next(60, 1515));
            socket.Send(frame);
            Assert.Equal(frame[12..], Receive(socket)[12..]);
        }

        socket.Send([.. s_guest, .. s_host, 0x88, 0xb5, (byte)'q']);
        Assert.Equal(0, qemu.WaitForEnd().Status);
    }

    [QemuFact]
    public void A_PCI_device_that_cannot_be_used_is_named()
    {
        using var qemu = new Qemu("netecho", "", "q35", modern: false, "-netdev", "user,id=n0,restrict=on", "-device", "virtio-net-pci,netdev=n0,disable-modern=on,disable-legacy=off");
        GuestEnd end = qemu.WaitForEnd();
        Assert.Contains("on PCI without a modern interface", end.Console);
        Assert.Equal(2, end.Status);
    }

    [QemuFact]
    public void Devices_are_counted_in_the_order_of_QEMUs_command_line()
    {
        string[] paths = [Path.Combine(_folder, "first"), Path.Combine(_folder, "second")];
        foreach (string path in paths) File.WriteAllBytes(path, new byte[64 * 1024]);
        Qemu.Run("disk", "",
            "-drive", $"if=none,id=d0,format=raw,file={paths[0]}", "-device", "virtio-blk-device,drive=d0", "-device", "virtio-rng-device",
            "-drive", $"if=none,id=d1,format=raw,file={paths[1]}", "-device", "virtio-blk-device,drive=d1");
        Assert.Equal(0xff, File.ReadAllBytes(paths[0])[0]);
        Assert.Equal(0, File.ReadAllBytes(paths[1])[0]);
    }

    [QemuTheory]
    [InlineData("disk")]
    [InlineData("netecho")]
    public void A_missing_device_is_for_the_guest_to_handle(string image) => Assert.Equal(2, Qemu.Run(image, "").Status);

    [QemuFact]
    public void A_legacy_device_is_refused_with_what_to_do()
    {
        using var qemu = new Qemu("netecho", "", modern: false, "-netdev", "user,id=n0,restrict=on", "-device", "virtio-net-device,netdev=n0");
        GuestEnd end = qemu.WaitForEnd();
        Assert.Contains("-global virtio-mmio.force-legacy=false", end.Console);
        Assert.Equal(2, end.Status);
    }

    [QemuFact]
    public void Frames_of_every_size_come_back()
    {
        using DatagramSocket socket = Listen(out string[] options);
        using var qemu = new Qemu("netecho", "", options);
        Assert.Equal("plain", qemu.ReadLine());
        Assert.Equal("ready", qemu.ReadLine());
        var random = new Random(2);
        for (int i = 0; i < 1000; i++)
        {
            byte[] frame = Frame(random, random.Next(60, 1515));
            socket.Send(frame);
            byte[] echo = Receive(socket);
            Assert.Equal(s_host, echo[..6]);
            Assert.Equal(frame[12..], echo[12..]);
        }

        socket.Send([.. s_guest, .. s_host, 0x88, 0xb5, (byte)'q']);
        Assert.Equal(0, qemu.WaitForEnd().Status);
    }

    [QemuFact]
    public void Many_frames_at_once_come_back_in_order()
    {
        using DatagramSocket socket = Listen(out string[] options);
        using var qemu = new Qemu("netecho", "", options);
        Assert.Equal("plain", qemu.ReadLine());
        Assert.Equal("ready", qemu.ReadLine());
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            byte[][] frames = new byte[random.Next(1, 8)][]; // a unix socket holds ten datagrams
            for (int i = 0; i < frames.Length; i++) frames[i] = Frame(random, random.Next(60, 1515));
            foreach (byte[] frame in frames) socket.Send(frame);
            foreach (byte[] frame in frames) Assert.Equal(frame[12..], Receive(socket)[12..]);
        }
    }

    private static uint Sum(byte[] content)
    {
        uint sum = 0;
        foreach (byte value in content) sum = sum * 31 + value;
        return sum;
    }

    private static byte[] Frame(Random random, int length)
    {
        byte[] frame = new byte[length];
        random.NextBytes(frame);
        s_guest.CopyTo(frame, 0);
        s_host.CopyTo(frame, 6);
        frame[12] = 0x88; // for local experiments, but not the one that ends the guest
        frame[13] = 0xb6;
        return frame;
    }

    private static byte[] Receive(Socket socket)
    {
        byte[] buffer = new byte[2048];
        int length = socket.Receive(buffer);
        return buffer[..length];
    }

    // QEMU's end of the wire is a datagram socket: no privilege, a frame a datagram.
    private DatagramSocket Listen(out string[] options)
    {
        string ours = Path.Combine(_folder, "ours");
        string theirs = Path.Combine(_folder, "theirs");
        var socket = new DatagramSocket(ours, theirs);
        options =
        [
            "-netdev", $"dgram,id=n0,local.type=unix,local.path={theirs},remote.type=unix,remote.path={ours}",
            "-device", $"virtio-net-device,netdev=n0,mac={BitConverter.ToString(s_guest).Replace('-', ':')}",
        ];
        return socket;
    }

    private sealed class DatagramSocket : Socket
    {
        internal DatagramSocket(string ours, string theirs)
            : base(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
        {
            ReceiveTimeout = 10_000;
            _theirs = new UnixDomainSocketEndPoint(theirs);
            Bind(new UnixDomainSocketEndPoint(ours));
        }

        private readonly UnixDomainSocketEndPoint _theirs;

        // Connected at the first frame: QEMU is there by then.
        public new int Send(byte[] frame)
        {
            if (!Connected) Connect(_theirs);
            return base.Send(frame);
        }
    }
}
