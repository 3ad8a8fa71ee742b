// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Uaas.Linux;
using Uaas.Networking;
using Xunit;

namespace Uaas.Host.Tests.Networking;

/// <summary>What a guest does with its end of a tap, by hand: frames, byte for byte.</summary>
internal static class HandMadeGuest
{
    internal const int EthernetHeader = 14;

    internal static Socket BeginConnect(IPAddress address)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        client.Bind(new IPEndPoint(IPAddress.Any, 0));
        Assert.Equal(SocketError.WouldBlock, Assert.Throws<SocketException>(() => client.Connect(address, 80)).SocketErrorCode);
        return client;
    }

    internal static string Ethernet(InstanceLink link) => link.EthernetAddress.ToString().Replace(":", "", StringComparison.Ordinal);

    internal static string Address(InstanceLink link) => Convert.ToHexString(link.Address.GetAddressBytes());

    /// <summary>A ping from an instance to another, or to the node.</summary>
    internal static byte[] EchoRequest(InstanceLink from, InstanceLink? to)
    {
        string destination = to is null ? "0A4D0001" : Address(to);
        byte[] frame = Convert.FromHexString(NodeStation(from) + Ethernet(from) + "0800" + "4500001C00000000" + "40010000" + Address(from) + destination + "0800F7FF00000000");
        Checksum(frame.AsSpan(EthernetHeader, 20)).CopyTo(frame, EthernetHeader + 10);
        return frame;
    }

    /// <summary>The node's own Ethernet address on a link, asked for by ARP: what is sent to everybody is never forwarded.</summary>
    private static string NodeStation(InstanceLink link)
    {
        WriteFrame(link.Tap, ArpRequest(link));
        return Convert.ToHexString(ReadFrame(link.Tap).AsSpan(6, 6));
    }

    internal static byte[] ArpRequest(InstanceLink link) =>
        Convert.FromHexString("FFFFFFFFFFFF" + Ethernet(link) + "0806" + "0001080006040001" + Ethernet(link) + Address(link) + "000000000000" + "0A4D0001");

    /// <summary>A TCP segment without data from one address to another; its own checksum is right too.</summary>
    internal static byte[] Segment(InstanceLink from, IPAddress to, ushort fromPort, ushort toPort, byte flags, IPAddress? source = null)
    {
        byte[] frame = Convert.FromHexString(NodeStation(from) + Ethernet(from) + "0800" + "4500002800000000" + "40060000" + Convert.ToHexString((source ?? from.Address).GetAddressBytes()) + Convert.ToHexString(to.GetAddressBytes())
            + $"{fromPort:X4}{toPort:X4}" + "00000001" + "00000001" + $"50{flags:X2}" + "FFFF" + "0000" + "0000");
        Checksum(frame.AsSpan(EthernetHeader, 20)).CopyTo(frame, EthernetHeader + 10);
        byte[] covered = [.. frame.AsSpan(EthernetHeader + 12, 8), 0, 6, 0, 20, .. frame.AsSpan(EthernetHeader + 20)];
        Checksum(covered).CopyTo(frame, EthernetHeader + 20 + 16);
        return frame;
    }

    private static byte[] Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (int i = 0; i < header.Length; i += 2)
            sum += (uint)(header[i] << 8 | header[i + 1]);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = ~(sum + (sum >> 16));
        return [(byte)(sum >> 8), (byte)sum];
    }

    internal static byte[] ReadFrame(Tap tap)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5))
        {
            if (TryReadFrame(tap) is { } frame)
                return frame;
            Thread.Yield();
        }
        throw new TimeoutException("no frame came");
    }

    internal static byte[]? TryReadFrame(Tap tap)
    {
        byte[] buffer = new byte[2048];
        int count = Pipe.Read(tap.Descriptor, buffer);
        return count < 0 ? null : buffer[..count];
    }

    internal static void WriteFrame(Tap tap, byte[] frame) => Assert.Equal(frame.Length, Write((int)tap.Descriptor.DangerousGetHandle(), frame, frame.Length));

    [DllImport("libc", EntryPoint = "write")]
    private static extern nint Write(int descriptor, byte[] buffer, nint count);
}
