// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Net.Tcp;

namespace Uaas.Net.Testing;

/// <summary>A stream of bytes that anybody can make or check from any offset on, without keeping it.</summary>
public static class Pattern
{
    /// <summary>The byte at an offset; no short period, so that data in the wrong place is noticed.</summary>
    public static byte At(long offset) => (byte)(((ulong)offset * 0x9E37_79B9_7F4A_7C15) >> 56 ^ (ulong)offset >> 3);

    /// <summary>Writes the stream from <paramref name="offset"/> on.</summary>
    public static void Fill(Span<byte> destination, long offset)
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = At(offset + i);
    }

    /// <summary>Whether bytes are the stream from <paramref name="offset"/> on.</summary>
    public static bool Matches(ReadOnlySpan<byte> bytes, long offset)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != At(offset + i)) return false;
        }

        return true;
    }
}

/// <summary>
/// Sends so many bytes of the pattern, checks that what comes in is the pattern, and notes what happened. The FIN follows its bytes, or the peer's FIN.
/// </summary>
public class PatternHandler(long toSend, bool finishAfterPeer = false) : TcpHandler
{
    /// <summary>Bytes received and found right.</summary>
    public long Received { get; private set; }

    /// <summary>Whether something came that is not the pattern.</summary>
    public bool Corrupted { get; private set; }

    /// <summary>Whether the handshake completed.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>Whether the peer has finished.</summary>
    public bool PeerHasFinished { get; private set; }

    /// <summary>Why the connection ended; null while it has not.</summary>
    public TcpCloseReason? CloseReason { get; private set; }

    /// <summary>The highest offset acknowledged.</summary>
    public long AcknowledgedOffset { get; private set; }

    /// <summary>Times the timer fired.</summary>
    public int TimerFirings { get; private set; }

    /// <summary>The connection.</summary>
    public TcpConnection? Connection { get; private set; }

    /// <inheritdoc/>
    public override void Established(TcpConnection connection)
    {
        if (IsEstablished) throw new InvalidOperationException("established twice");
        Connection = connection;
        IsEstablished = true;
        connection.Offer(toSend);
        if (!finishAfterPeer) connection.Finish();
    }

    /// <inheritdoc/>
    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        int take = Take(data.Length);
        Corrupted |= !Pattern.Matches(data[..take], Received);
        Received += take;
        return take;
    }

    /// <inheritdoc/>
    public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
    {
        if (offset < AcknowledgedOffset || offset + destination.Length > connection.Offered) throw new InvalidOperationException("asked for what need not be kept");
        int give = Give(destination.Length);
        Pattern.Fill(destination[..give], offset);
        return give;
    }

    /// <inheritdoc/>
    public override void Acknowledged(TcpConnection connection, long offset)
    {
        if (offset < AcknowledgedOffset) throw new InvalidOperationException("acknowledgment goes back");
        AcknowledgedOffset = offset;
    }

    /// <inheritdoc/>
    public override void PeerFinished(TcpConnection connection)
    {
        if (PeerHasFinished) throw new InvalidOperationException("finished twice");
        PeerHasFinished = true;
        if (finishAfterPeer) connection.Finish();
    }

    /// <inheritdoc/>
    public override void TimerFired(TcpConnection connection) => TimerFirings++;

    /// <inheritdoc/>
    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
        if (CloseReason != null) throw new InvalidOperationException("closed twice");
        CloseReason = reason;
    }

    /// <summary>How much of what is offered to consume.</summary>
    protected virtual int Take(int available) => available;

    /// <summary>How much of what is asked for to supply.</summary>
    protected virtual int Give(int wanted) => wanted;
}

/// <summary>Sends back what it receives, with a bounded buffer: when the peer does not read, neither does this.</summary>
public sealed class EchoHandler : TcpHandler
{
    private readonly byte[] _ring = new byte[128 * 1024];
    private long _received;
    private long _acknowledged;

    /// <inheritdoc/>
    public override void Established(TcpConnection connection)
    {
    }

    /// <inheritdoc/>
    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        int take = (int)Math.Min(data.Length, _ring.Length - (_received - _acknowledged));
        for (int i = 0; i < take; i++) _ring[(_received + i) % _ring.Length] = data[i];
        _received += take;
        connection.Offer(take);
        return take;
    }

    /// <inheritdoc/>
    public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = _ring[(offset + i) % _ring.Length];
        return destination.Length;
    }

    /// <inheritdoc/>
    public override void Acknowledged(TcpConnection connection, long offset)
    {
        _acknowledged = offset;
        connection.ResumeReceive();
    }

    /// <inheritdoc/>
    public override void PeerFinished(TcpConnection connection) => connection.Finish();

    /// <inheritdoc/>
    public override void TimerFired(TcpConnection connection)
    {
    }

    /// <inheritdoc/>
    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
    }
}

/// <summary>A listener that makes a handler for each connection, and remembers them all.</summary>
public sealed class Listener(Func<TcpHandler?> make) : TcpListener
{
    /// <summary>The handlers it made.</summary>
    public List<TcpHandler> Handlers { get; } = [];

    /// <inheritdoc/>
    public override TcpHandler? Accept(TcpConnection connection)
    {
        TcpHandler? handler = make();
        if (handler != null) Handlers.Add(handler);
        return handler;
    }
}
