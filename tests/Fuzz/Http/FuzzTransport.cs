// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Wire;

namespace Uaas.Fuzz.Http;

/// <summary>A transport whose peer takes and acknowledges at once; of fixed arrays, so that millions of connections are quick.</summary>
internal sealed class FuzzTransport : HttpTransport
{
    private readonly byte[] _pending = new byte[Mutator.MaximumLength];
    private readonly byte[] _received = new byte[1 << 20];
    private readonly byte[] _again = new byte[1460];
    private HttpConnection _connection = null!;
    private bool _resumeAsked;
    private bool _isClosed;
    private bool _isAborted;
    private int _receivedCount;
    private long _offered;

    public int Unconsumed { get; private set; }

    public bool IsFinished { get; private set; }

    public ReadOnlySpan<byte> Received => _received.AsSpan(0, _receivedCount);

    public override Ipv4Address RemoteAddress => new(0x0A000001);

    public override ushort RemotePort => 1;

    public void Open(HttpConnection connection)
    {
        _connection = connection;
        _resumeAsked = _isClosed = _isAborted = IsFinished = false;
        _receivedCount = Unconsumed = 0;
        _offered = 0;
        connection.Established(this);
    }

    public void Send(ReadOnlySpan<byte> data)
    {
        if (_isClosed) return;
        data.CopyTo(_pending.AsSpan(Unconsumed));
        Unconsumed += data.Length;
        _resumeAsked = true;
        Pump();
    }

    public void FinishSending()
    {
        if (_isClosed) return;
        _connection.PeerFinished();
        Pump();
    }

    public void Close()
    {
        if (_isClosed) return;
        _isClosed = true;
        _connection.Closed();
    }

    public override void Offer(long count)
    {
        HttpCheck.Holds(count > 0 && !IsFinished && !_isAborted, "nothing is offered after the end");
        _offered += count;
    }

    public override void Finish()
    {
        HttpCheck.Holds(!IsFinished && !_isAborted, "the end comes once");
        IsFinished = true;
    }

    public override void Abort() => _isAborted = true;

    public override void ResumeReceive() => _resumeAsked = true;

    public override void ResumeSend()
    {
    }

    public override void SetTimer(long deadline)
    {
    }

    private void Pump()
    {
        while (!_isClosed)
        {
            if (_resumeAsked) Deliver();
            if (_isAborted) Close();
            else if (_offered > _receivedCount) Take();
            else if (!_resumeAsked) return;
        }
    }

    private void Deliver()
    {
        _resumeAsked = false;
        if (Unconsumed == 0) return;
        int consumed = _connection.Receive(_pending.AsSpan(0, Unconsumed));
        HttpCheck.Holds(consumed >= 0 && consumed <= Unconsumed, "no more is consumed than is there");
        _pending.AsSpan(consumed, Unconsumed - consumed).CopyTo(_pending);
        Unconsumed -= consumed;
    }

    private void Take()
    {
        Span<byte> segment = _received.AsSpan(_receivedCount, (int)Math.Min(_offered - _receivedCount, _again.Length));
        HttpCheck.Holds(_connection.Supply(_receivedCount, segment) == segment.Length, "what was offered can be had");
        Span<byte> again = _again.AsSpan(0, segment.Length);
        HttpCheck.Holds(_connection.Supply(_receivedCount, again) == again.Length && again.SequenceEqual(segment), "it can be had again, the same");
        _receivedCount += segment.Length;
        _connection.Acknowledged(_receivedCount);
    }
}
