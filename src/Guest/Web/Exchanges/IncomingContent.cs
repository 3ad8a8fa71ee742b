// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>The content of a request: all of it before the handler runs, or piece by piece as the handler asks for it.</summary>
internal sealed class IncomingContent(WebExchange exchange, WebLimits limits) : RequestBody
{
    private readonly Operation _arrival = new();
    private byte[] _buffer = [];
    private HttpResponse? _source;
    private int _shown;
    private int _received;
    private bool _isWhole;
    private bool _isIgnored;

    /// <summary>Whether more may come, so that the connection still knows this object.</summary>
    internal bool IsReceiving => _source is not null;

    /// <summary>Whether all has come.</summary>
    internal bool IsComplete { get; private set; }

    /// <summary>All content, or the current piece of it.</summary>
    internal ReadOnlySpan<byte> Current => _buffer.AsSpan(0, _isWhole ? _received : _shown);

    /// <summary>Forgets the last request's.</summary>
    internal void Clear()
    {
        _source = null;
        _shown = _received = 0;
        _isIgnored = false;
        IsComplete = true;
    }

    /// <summary>Content will come.</summary>
    internal void Begin(HttpResponse source, bool whole)
    {
        if (_buffer.Length == 0) _buffer = new byte[Math.Max(limits.MaxContent, limits.MaxResponse / 2)];
        _source = source;
        _isWhole = whole;
        IsComplete = false;
    }

    /// <summary>Nobody reads any more: what still comes is thrown away.</summary>
    internal void Ignore()
    {
        _isIgnored = true;
        _source?.ResumeBody();
    }

    /// <summary>Waits for the next piece; the one before is gone. False when there is none.</summary>
    internal WebWait Next()
    {
        if (_isWhole) return WebWait.Over(false);
        _buffer.AsSpan(_shown, _received - _shown).CopyTo(_buffer);
        _received -= _shown;
        _shown = _received;
        _source?.ResumeBody();
        if (_shown > 0) return WebWait.Over(true);
        return _source is null ? WebWait.Over(false) : _arrival.Begin();
    }

    /// <inheritdoc/>
    public override int Receive(HttpResponse response, ReadOnlySpan<byte> data)
    {
        if (_isIgnored) return data.Length;
        int capacity = _isWhole ? limits.MaxContent : limits.MaxResponse / 2;
        if (_isWhole && data.Length > capacity - _received)
        {
            _isIgnored = true;
            exchange.ContentTooLarge();
            return data.Length;
        }

        int count = Math.Min(capacity - _received, data.Length);
        data[..count].CopyTo(_buffer.AsSpan(_received));
        _received += count;
        Tell();
        return count;
    }

    /// <inheritdoc/>
    public override void Completed(HttpResponse response)
    {
        _source = null;
        IsComplete = true;
        if (_isWhole && !_isIgnored) exchange.Begin();
        else Tell();
        exchange.LetGo();
    }

    /// <inheritdoc/>
    public override void Aborted(HttpResponse response)
    {
        _source = null;
        Tell();
        exchange.ContentLost();
    }

    // Pieces that come before the handler has asked are shown when it asks.
    private void Tell()
    {
        if (_arrival.IsCompleted) return;
        _shown = _received;
        _arrival.Complete(_shown > 0);
    }
}
