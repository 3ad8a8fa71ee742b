// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Crypto;
using Uaas.Http;
using Uaas.Net.Names;
using Uaas.Net.Tcp;
using Uaas.Web;

namespace Uaas.Imaging.Serving;

/// <summary>
/// Fetches one source at a time from a linked service, by a connection of its own, into the store. What it is told to be over before it is (<see cref="GiveUp"/>) stays busy until
/// its connection is no more.
/// </summary>
internal sealed class SourceFetch(LinkedSources owner, ResultStore store) : TcpHandler
{
    private const int WindowSize = 16 << 10;
    private const int StatusOk = 200;
    private const int StatusNotFound = 404;
    private const int StatusGone = 410;

    private static readonly HttpLimits s_limits = new() { MaxHeadSize = 8192 };

    private readonly ResponseHead _head = new(s_limits);
    private readonly CallContent _content = new(WindowSize);
    private readonly byte[] _request = new byte[LinkedSources.MaxRequest];
    private readonly uint[] _hashState = new uint[8];
    private readonly byte[] _hashBlock = new byte[Sha256.BlockLength];
    private TcpConnection? _connection;
    private long _hashed;
    private int _requestLength;
    private bool _hasHead;

    /// <summary>The source in the store; <see cref="ResultStore.None"/> while nobody waits for one.</summary>
    internal int Index { get; private set; } = ResultStore.None;

    /// <summary>When it is to be given up, in nanoseconds of the monotonic clock.</summary>
    internal long Deadline { get; private set; }

    /// <summary>Whether it can begin another.</summary>
    internal bool IsFree => Index == ResultStore.None && !_isOpen;

    private bool _isOpen;

    /// <summary>Begins to fetch. False where it is over already: the owner has been told.</summary>
    internal void Begin(int index, ushort port, long deadline, Dialer dialer)
    {
        Index = index;
        Deadline = deadline;
        _requestLength = LinkedSources.WriteRequest(store, index, port, _request);
        store.Clear(index);
        _content.Clear();
        _hasHead = false;
        _hashed = 0;
        _ = new Sha256(_hashState, _hashBlock);
        _isOpen = true;
        if (dialer.Dial("127.0.0.1"u8, port, this) == DialResult.Ok) return;
        _isOpen = false;
        End(ImageOutcome.SourceFailed);
    }

    /// <summary>It took too long.</summary>
    internal void GiveUp() => End(ImageOutcome.SourceTimedOut);

    public override void Established(TcpConnection connection)
    {
        _connection = connection;
        if (Index == ResultStore.None) connection.Abort();
        else connection.Offer(_requestLength);
    }

    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        int consumed = 0;
        if (Index != ResultStore.None && !_hasHead)
        {
            consumed = ReceiveHead(data);
            if (consumed == 0) return 0;
        }

        while (Index != ResultStore.None && consumed < data.Length)
        {
            ContentStep step = _content.Take(data[consumed..], out int taken);
            consumed += taken;
            if (step == ContentStep.Bad) End(ImageOutcome.SourceFailed);
            else if (!Keep()) End(store[Index].Length >= owner.MaxSource ? ImageOutcome.SourceTooLarge : ImageOutcome.NoRoom);
            else if (step == ContentStep.Done) Finish();
        }

        return data.Length;
    }

    public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
    {
        ReadOnlySpan<byte> rest = _request.AsSpan((int)offset, _requestLength - (int)offset);
        int count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return count;
    }

    public override void Acknowledged(TcpConnection connection, long offset)
    {
    }

    public override void PeerFinished(TcpConnection connection)
    {
        if (_hasHead && _content.EndsWithConnection) Finish();
        else End(ImageOutcome.SourceFailed);
    }

    public override void TimerFired(TcpConnection connection)
    {
    }

    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
        _isOpen = false;
        _connection = null;
        End(reason == TcpCloseReason.TimedOut ? ImageOutcome.SourceTimedOut : ImageOutcome.SourceFailed);
    }

    public override void CannotConnect(ConnectFailure failure)
    {
        _isOpen = false;
        End(failure == ConnectFailure.NameTimedOut ? ImageOutcome.SourceTimedOut : ImageOutcome.SourceFailed);
    }

    // Bytes that were taken; 0 where more are needed for the head.
    private int ReceiveHead(ReadOnlySpan<byte> data)
    {
        HeadScanResult result = _head.Read(data, isHead: false, out int length);
        if (result == HeadScanResult.Incomplete) return 0;
        if (result == HeadScanResult.Rejected)
        {
            End(ImageOutcome.SourceFailed);
            return data.Length;
        }

        _hasHead = true;
        if (_head.Status != StatusOk) End(_head.Status is StatusNotFound or StatusGone ? ImageOutcome.SourceMissing : ImageOutcome.SourceFailed);
        else if (_head.Framing == ResponseFraming.Length && _head.ContentLength > owner.MaxSource) End(ImageOutcome.SourceTooLarge);
        else if (_content.Begin(_head) == ContentStep.Done) Finish();
        return length;
    }

    // Moves what has come into the store.
    private bool Keep()
    {
        _content.Show();
        ReadOnlySpan<byte> piece = _content.Current;
        if (store[Index].Length + piece.Length > owner.MaxSource) piece = piece[..(owner.MaxSource - store[Index].Length)];
        bool isWhole = piece.Length == _content.Current.Length;
        if (!store.Append(Index, piece)) return false;
        Sha256 hash = Sha256.Resume(_hashState, _hashBlock, _hashed);
        hash.Append(piece);
        _hashed += piece.Length;
        _content.Next();
        return isWhole;
    }

    private void Finish()
    {
        Span<byte> digest = stackalloc byte[Sha256.Length];
        Sha256.Resume(_hashState, _hashBlock, _hashed).Finish(digest);
        store[Index].DigestHigh = BinaryPrimitives.ReadUInt64BigEndian(digest);
        store[Index].DigestLow = BinaryPrimitives.ReadUInt64BigEndian(digest[sizeof(ulong)..]);
        End(ImageOutcome.Done);
    }

    // Whatever comes after this is not wanted.
    private void End(ImageOutcome outcome)
    {
        if (Index == ResultStore.None) return;
        int index = Index;
        Index = ResultStore.None;
        _connection?.Abort();
        owner.Ended(index, outcome);
    }
}
