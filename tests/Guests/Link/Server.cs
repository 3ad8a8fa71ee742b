// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Net.Tcp;

/// <summary>Sends back what it gets (RFC 862), as long as what is under way fits its buffer.</summary>
internal sealed class Echo : TcpHandler
{
    private const int Capacity = 4096;

    private readonly byte[] _bytes = new byte[Capacity];
    private long _received;
    private long _acknowledged;

    public override void Established(TcpConnection connection)
    {
    }

    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        int count = Math.Min(data.Length, Capacity - (int)(_received - _acknowledged));
        for (int i = 0; i < count; i++) _bytes[(int)((_received + i) % Capacity)] = data[i];
        _received += count;
        connection.Offer(count);
        return count;
    }

    public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = _bytes[(int)((offset + i) % Capacity)];
        return destination.Length;
    }

    public override void Acknowledged(TcpConnection connection, long offset)
    {
        _acknowledged = offset;
        connection.ResumeReceive();
    }

    public override void PeerFinished(TcpConnection connection) => connection.Finish();

    public override void TimerFired(TcpConnection connection)
    {
    }

    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
    }
}

/// <summary>Sends without end, for as long as the peer listens (RFC 864).</summary>
/// <param name="bytes">What is sent, again and again; as much as a frame holds.</param>
/// <param name="loans">Takes what is sent without a copy, where the device gathers.</param>
internal sealed class Source(byte[] bytes, FrameLoans? loans) : TcpHandler
{
    private const long Endless = 1L << 50;

    public override void Established(TcpConnection connection) => connection.Offer(Endless);

    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data) => data.Length;

    public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
    {
        if (loans == null || !loans.TryLend(bytes, 0, destination)) bytes.AsSpan(0, destination.Length).CopyTo(destination);
        return destination.Length;
    }

    public override void Acknowledged(TcpConnection connection, long offset)
    {
    }

    public override void PeerFinished(TcpConnection connection) => connection.Abort();

    public override void TimerFired(TcpConnection connection)
    {
    }

    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
    }
}
