// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Net.Tcp;
using Uaas.Platform;

/// <summary>Sends one byte, waits for it to come back, and again.</summary>
internal sealed class RoundTrips(long rounds) : TcpHandler
{
    private long _begun;

    public long Done { get; private set; }

    public long Elapsed { get; private set; }

    /// <summary>0 for none; 1 and on: why the name gave no connection; 100 and on: why it ended.</summary>
    public long Failure { get; private set; }

    public bool IsOver { get; private set; }

    public override void Established(TcpConnection connection)
    {
        _begun = Machine.Now;
        connection.Offer(1);
    }

    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        Done += data.Length;
        if (Done < rounds)
        {
            connection.Offer(1);
            return data.Length;
        }

        Elapsed = Machine.Now - _begun;
        IsOver = true;
        connection.Finish();
        return data.Length;
    }

    public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
    {
        destination.Fill((byte)'r');
        return destination.Length;
    }

    public override void Acknowledged(TcpConnection connection, long offset)
    {
    }

    public override void PeerFinished(TcpConnection connection)
    {
    }

    public override void TimerFired(TcpConnection connection)
    {
    }

    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
        if (IsOver) return;
        Failure = 100 + (long)reason;
        IsOver = true;
    }

    public override void CannotConnect(ConnectFailure failure)
    {
        Failure = 1 + (long)failure;
        IsOver = true;
    }
}

/// <summary>Takes so many bytes, and stops listening.</summary>
internal sealed class Download(long wanted) : TcpHandler
{
    private long _begun;

    public long Wanted => wanted;

    public long Received { get; private set; }

    public long Elapsed { get; private set; }

    public bool IsOver { get; private set; } = wanted == 0;

    public override void Established(TcpConnection connection) => _begun = Machine.Now;

    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        Received += data.Length;
        if (Received < wanted || IsOver) return data.Length;
        Elapsed = Machine.Now - _begun;
        IsOver = true;
        connection.Abort();
        return data.Length;
    }

    public override int Supply(TcpConnection connection, long offset, Span<byte> destination) => 0;

    public override void Acknowledged(TcpConnection connection, long offset)
    {
    }

    public override void PeerFinished(TcpConnection connection)
    {
    }

    public override void TimerFired(TcpConnection connection)
    {
    }

    public override void Closed(TcpConnection connection, TcpCloseReason reason) => IsOver = true;

    public override void CannotConnect(ConnectFailure failure) => IsOver = true;
}
