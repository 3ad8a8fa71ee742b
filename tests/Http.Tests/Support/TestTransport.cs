// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Wire;

namespace Uaas.Http.Tests.Support;

/// <summary>
/// Stands in for a TCP connection: keeps what was not consumed, asks for what was offered in pieces of a given size, each of them twice (as after a loss),
/// and acknowledges when told to. What was not at hand is not asked for again before <see cref="ResumeSend"/>.
/// </summary>
internal sealed class TestTransport(HttpConnection connection) : HttpTransport
{
    private readonly List<byte> _pending = [];
    private readonly List<byte> _received = [];
    private bool _isReceiving;
    private bool _resumeAsked;
    private bool _isBlocked;

    public override Ipv4Address RemoteAddress => new(0x0A000001);

    public override ushort RemotePort => 40_000;

    /// <summary>The most bytes of a segment.</summary>
    public int SegmentSize { get; set; } = 1460;

    /// <summary>Bytes the peer is ready to take; a slow reader has few.</summary>
    public long Window { get; set; } = long.MaxValue;

    /// <summary>Whether the peer acknowledges at once.</summary>
    public bool AutoAcknowledge { get; set; } = true;

    /// <summary>Whether an abort is reported from within the call, and not at the end of the poll as TCP does.</summary>
    public bool ClosesWithinAbort { get; set; }

    public long Offered { get; private set; }

    public long Acknowledged { get; private set; }

    public int OfferCalls { get; private set; }

    public int Unconsumed => _pending.Count;

    public bool IsFinished { get; private set; }

    public bool IsAborted { get; private set; }

    public bool IsClosed { get; private set; }

    public long Timer { get; private set; } = long.MaxValue;

    public int TimerSettings { get; private set; }

    /// <summary>All that the peer has got.</summary>
    public byte[] Received => [.. _received];

    public string Text => System.Text.Encoding.Latin1.GetString(Received);

    public override void Offer(long count)
    {
        Assert.False(IsClosed || IsFinished || IsAborted, "offered after the end");
        Assert.True(count > 0);
        OfferCalls++;
        Offered += count;
    }

    public override void Finish()
    {
        Assert.False(IsClosed || IsFinished || IsAborted, "finished twice");
        IsFinished = true;
    }

    public override void Abort()
    {
        Assert.False(IsClosed || IsAborted, "aborted after the end");
        IsAborted = true;
        if (ClosesWithinAbort) Close();
    }

    public override void ResumeReceive()
    {
        Assert.False(IsClosed);
        _resumeAsked = true;
    }

    public override void ResumeSend()
    {
        Assert.False(IsClosed);
        _isBlocked = false;
    }

    public override void SetTimer(long deadline)
    {
        Assert.False(IsClosed);
        TimerSettings++;
        Timer = deadline;
    }

    /// <summary>The client sends bytes.</summary>
    public void Send(ReadOnlySpan<byte> data)
    {
        if (IsClosed) return;
        foreach (byte value in data) _pending.Add(value);
        Deliver();
        Pump();
    }

    public void Send(string text) => Send(System.Text.Encoding.Latin1.GetBytes(text));

    public void PeerFinishes()
    {
        if (IsClosed) return;
        connection.PeerFinished();
        Pump();
    }

    /// <summary>Both sides have closed, or the peer reset the connection.</summary>
    public void Close()
    {
        if (IsClosed) return;
        IsClosed = true;
        connection.Closed();
    }

    /// <summary>Takes what is offered, and gives again what was asked to be given again, until nothing moves.</summary>
    public void Pump()
    {
        bool moved = true;
        for (int i = 0; moved; i++)
        {
            Assert.True(i < 1_000_000, "endless");
            moved = Take();
            if (_resumeAsked && !IsClosed)
            {
                Deliver();
                moved = true;
            }
        }

        if (IsAborted) Close();
    }

    public void Acknowledge(long offset)
    {
        Acknowledged = offset;
        connection.Acknowledged(offset);
    }

    public void AcknowledgeAll()
    {
        if (!IsClosed && _received.Count > Acknowledged) Acknowledge(_received.Count);
        Pump();
    }

    public void FireTimer()
    {
        Timer = long.MaxValue;
        connection.TimerFired();
        Pump();
    }

    private bool Take()
    {
        long available = Math.Min(Offered, Window) - _received.Count;
        if (IsClosed || IsAborted || _isBlocked || available <= 0) return false;
        byte[] segment = new byte[Math.Min(available, SegmentSize)];
        int first = connection.Supply(_received.Count, segment);
        _isBlocked = first < segment.Length;
        if (IsClosed || IsAborted || first == 0) return false;
        byte[] again = new byte[first];
        int second = connection.Supply(_received.Count, again);
        Assert.Equal(first, second);
        Assert.Equal(segment.AsSpan(0, first).ToArray(), again);
        _received.AddRange(again);
        if (AutoAcknowledge) Acknowledge(_received.Count);
        return true;
    }

    private void Deliver()
    {
        _resumeAsked = false;
        if (_isReceiving || IsClosed || _pending.Count == 0) return;
        _isReceiving = true;
        int consumed = connection.Receive([.. _pending]);
        _isReceiving = false;
        Assert.InRange(consumed, 0, _pending.Count);
        _pending.RemoveRange(0, consumed);
    }
}
