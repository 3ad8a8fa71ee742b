// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Net;

/// <summary>The UDP ports of a stack (RFC 768).</summary>
public sealed class UdpStack
{
    private readonly Interface _link;
    private readonly Ipv4Output _output;
    private readonly UdpSocket?[] _sockets;
    private long _now;

    internal UdpStack(Interface link, Ipv4Output output, NetworkConfiguration configuration)
    {
        _link = link;
        _output = output;
        _sockets = new UdpSocket?[configuration.MaxUdpSockets];
    }

    /// <summary>Opens a port, at start-up: its queue is set aside for good. Null when the port is taken or all sockets are.</summary>
    /// <param name="port">The port, 1 to 65,535.</param>
    /// <param name="queueLength">Most datagrams that wait.</param>
    /// <param name="maximumPayload">Longest datagram in bytes; longer ones are dropped.</param>
    public UdpSocket? Bind(ushort port, int queueLength, int maximumPayload)
    {
        if (Find(port) != null) return null;
        for (int i = 0; i < _sockets.Length; i++)
        {
            if (_sockets[i] != null) continue;
            UdpSocket socket = new(this, port, queueLength, maximumPayload);
            _sockets[i] = socket;
            return socket;
        }

        return null;
    }

    internal void SetTime(long now) => _now = now;

    /// <summary>Takes a datagram for this side; false when nobody has the port.</summary>
    internal bool Receive(Ipv4Address from, in UdpDatagram datagram)
    {
        UdpSocket? socket = Find(datagram.DestinationPort);
        if (socket == null) return false;
        if (!socket.Enqueue(from, datagram)) _link.Counters.UdpQueueFull++;
        return true;
    }

    internal TransmitResult Send(ushort port, Ipv4Address to, ushort toPort, ReadOnlySpan<byte> payload)
    {
        int length = UdpDatagram.HeaderSize + payload.Length;
        if (!Ipv4Output.Fits(length)) return TransmitResult.TooLong;
        Span<byte> datagram = _output.Payload(length);
        payload.CopyTo(datagram[UdpDatagram.HeaderSize..]);
        UdpDatagram.Write(datagram, _link.Address, to, port, toPort);
        return _output.Send(_link.Address, to, IpProtocol.Udp, length, _now);
    }

    private UdpSocket? Find(ushort port)
    {
        for (int i = 0; i < _sockets.Length; i++)
        {
            UdpSocket? socket = _sockets[i];
            if (socket != null && socket.Port == port) return socket;
        }

        return null;
    }
}
