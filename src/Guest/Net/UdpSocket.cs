// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Net;

/// <summary>A UDP port with a bounded queue of datagrams that arrived and wait to be taken. When it is full, new ones are dropped and counted.</summary>
public sealed class UdpSocket
{
    private struct Waiting
    {
        public Ipv4Address From;
        public ushort FromPort;
        public int Length;
    }

    private readonly UdpStack _stack;
    private readonly Waiting[] _waiting;
    private readonly byte[] _payloads;
    private readonly int _maximumPayload;
    private int _first;
    private int _count;

    internal UdpSocket(UdpStack stack, ushort port, int queueLength, int maximumPayload)
    {
        _stack = stack;
        Port = port;
        _maximumPayload = maximumPayload;
        _waiting = new Waiting[queueLength];
        _payloads = new byte[queueLength * maximumPayload];
    }

    /// <summary>This side's port.</summary>
    public ushort Port { get; }

    /// <summary>Datagrams that wait.</summary>
    public int Available => _count;

    /// <summary>Takes the oldest datagram, cut to the size of <paramref name="destination"/>; false when none waits.</summary>
    public bool TryReceive(Span<byte> destination, out int length, out Ipv4Address from, out ushort fromPort)
    {
        length = 0;
        from = default;
        fromPort = 0;
        if (_count == 0) return false;
        Waiting oldest = _waiting[_first];
        length = Math.Min(oldest.Length, destination.Length);
        from = oldest.From;
        fromPort = oldest.FromPort;
        _payloads.AsSpan(_first * _maximumPayload, length).CopyTo(destination);
        _first = _first + 1 == _waiting.Length ? 0 : _first + 1;
        _count--;
        return true;
    }

    /// <summary>Sends a datagram.</summary>
    public TransmitResult Send(Ipv4Address to, ushort toPort, ReadOnlySpan<byte> payload) => _stack.Send(Port, to, toPort, payload);

    /// <summary>Queues what arrived; false when it must be dropped.</summary>
    internal bool Enqueue(Ipv4Address from, in UdpDatagram datagram)
    {
        if (_count == _waiting.Length || datagram.Payload.Length > _maximumPayload) return false;
        int slot = _first + _count;
        if (slot >= _waiting.Length) slot -= _waiting.Length;
        _waiting[slot] = new Waiting { From = from, FromPort = datagram.SourcePort, Length = datagram.Payload.Length };
        datagram.Payload.CopyTo(_payloads.AsSpan(slot * _maximumPayload));
        _count++;
        return true;
    }
}
