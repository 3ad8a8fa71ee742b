// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Net.Sockets;
using Uaas.Devices;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Net.Tests.Tap;

/// <summary>Our stack at 10.9.0.2 behind a tap, the Linux kernel at 10.9.0.1 on the other side, in a namespace of its own.</summary>
internal sealed class TapBed : IDisposable
{
    public static readonly Ipv4Address Guest = new(0x0A09_0002);
    public static readonly Ipv4Address Host = new(0x0A09_0001);
    public static readonly MacAddress Station = new(0x02_0000_0000_02);

    private readonly NetworkNamespace _namespace = new();

    public TapBed(NetworkOffloads offloads, NetworkConfiguration? configuration = null, Func<NetworkDevice, NetworkDevice>? wrap = null, string hostAddress = "10.9.0.1/24", int mtu = 1500)
    {
        configuration ??= new NetworkConfiguration { Address = Guest, PrefixLength = 24 };
        TapDevice tap = _namespace.Run(() => new TapDevice("tap0", Station, offloads, mtu));
        Command($"ip link set tap0 up mtu {mtu}");
        Command($"ip addr add {hostAddress} dev tap0");
        NetworkDevice device = wrap == null ? tap : wrap(tap);
        Stack = new StackThread(tap, new NetworkStack(device, configuration, 0x0123_4567_89AB_CDEF, 42));
    }

    public StackThread Stack { get; }

    public string Command(string line) => _namespace.Command(line);

    /// <summary>A Linux TCP socket in the namespace.</summary>
    public Socket Socket() => _namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        ReceiveTimeout = 20_000,
        SendTimeout = 20_000,
        NoDelay = true,
    });

    /// <summary>A Linux UDP socket in the namespace.</summary>
    public Socket UdpSocket() => _namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 });

    /// <summary>A Linux socket that sends and receives ICMP messages.</summary>
    public Socket RawIcmpSocket() => _namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp) { ReceiveTimeout = 20_000 });

    /// <summary>A Linux socket connected to a port of our stack.</summary>
    public Socket Connect(int port)
    {
        Socket socket = Socket();
        socket.Connect(new IPEndPoint(IPAddress.Parse("10.9.0.2"), port));
        return socket;
    }

    public void Dispose()
    {
        Stack.Dispose();
        _namespace.Dispose();
    }
}
