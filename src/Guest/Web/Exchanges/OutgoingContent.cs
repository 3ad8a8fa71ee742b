// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Platform;

namespace Uaas.Web;

/// <summary>
/// The content of a response, kept until the client has it: whole, or streamed through the same bytes as a ring. It is the exchange's, and used again.
/// </summary>
internal sealed class OutgoingContent(WebExchange exchange, int capacity) : ResponseBody
{
    private readonly Operation _room = new();
    private byte[] _ring = [];
    private long _written;
    private long _acknowledged;

    /// <summary>Whether a response still needs it.</summary>
    internal bool IsHeld { get; private set; }

    /// <inheritdoc/>
    public override long Length => _written;

    /// <summary>All of the buffer, to write whole content into.</summary>
    internal Span<byte> Buffer
    {
        get
        {
            if (_ring.Length == 0)
            {
                // The handler's `new` takes from its arena; this outlives it.
                using (Arena.EnterHeap()) _ring = new byte[capacity];
            }

            return _ring;
        }
    }

    /// <summary>Bytes that it holds at most.</summary>
    internal int Capacity => capacity;

    /// <summary>Bytes that can be written now.</summary>
    internal int Room => capacity - (int)(_written - _acknowledged);

    /// <summary>A response is about to be given this; <paramref name="length"/> bytes of it are there already.</summary>
    internal void Hold(int length)
    {
        IsHeld = true;
        _written = length;
        _acknowledged = 0;
    }

    /// <summary>Appends to a stream; there is room.</summary>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        Span<byte> ring = Buffer;
        int start = (int)(_written % ring.Length);
        int first = Math.Min(bytes.Length, ring.Length - start);
        bytes[..first].CopyTo(ring[start..]);
        bytes[first..].CopyTo(ring);
        _written += bytes.Length;
    }

    /// <summary>Waits until half of the ring is free; false when the client is gone.</summary>
    internal WebWait Drain()
    {
        if (!IsHeld) return WebWait.Over(false);
        return Room >= capacity / 2 ? WebWait.Over(true) : _room.Begin();
    }

    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        int count = (int)Math.Min(_written - offset, destination.Length);
        int start = (int)(offset % _ring.Length);
        int first = Math.Min(count, _ring.Length - start);
        _ring.AsSpan(start, first).CopyTo(destination);
        _ring.AsSpan(0, count - first).CopyTo(destination[first..]);
        return count;
    }

    /// <inheritdoc/>
    public override void Acknowledged(long offset)
    {
        _acknowledged = Math.Max(_acknowledged, offset);
        if (Room >= capacity / 2) _room.Complete(success: true);
    }

    /// <inheritdoc/>
    public override void Release()
    {
        IsHeld = false;
        _room.Complete(success: false);
        exchange.LetGo();
    }
}
