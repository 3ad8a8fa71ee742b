// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Http;

/// <summary>How log lines are written.</summary>
public enum AccessLogFormat : byte
{
    /// <summary>The combined log format that web servers share: the common format and the fields Referer and User-Agent.</summary>
    Combined,

    /// <summary>The common log format.</summary>
    Common,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>
/// Writes a line for each request, when its response is known; the bytes are those of its content. What came from the client is escaped, so that a line is
/// always one line and a quotation mark never ends early. Long values are cut.
/// A response that outlives the call to its handler has the first half of its line written beforehand, while the request is still there, and kept meanwhile.
/// </summary>
public sealed class AccessLog
{
    /// <summary>Bytes of one line at most.</summary>
    public const int MaxLine = 2048;

    private readonly LogSink _sink;
    private readonly HttpClock _clock;
    private readonly AccessLogFormat _format;
    private readonly BufferPool _pool;
    private readonly byte[]?[] _held;
    private readonly LogLine[] _heldLines;
    private readonly byte[] _scratch = new byte[MaxLine];

    /// <summary>A log for a server with <paramref name="capacity"/> connections.</summary>
    public AccessLog(LogSink sink, HttpClock clock, AccessLogFormat format, int capacity)
    {
        _sink = sink;
        _clock = clock;
        _format = format;
        _pool = new BufferPool(MaxLine, capacity);
        _held = new byte[]?[capacity];
        _heldLines = new LogLine[capacity];
    }

    /// <summary>Writes the line of a request that has been answered.</summary>
    internal void Write(in HttpRequest request, HttpStatus status, long bytes)
    {
        LogLine line = LogLine.Begin(_format, _clock, in request, _scratch);
        _sink.WriteLine(line.End(_scratch, status, bytes));
    }

    /// <summary>Writes the line of a request that was rejected; of which there may be no more than a part of its first line, or nothing at all.</summary>
    internal void WriteRejected(Ipv4Address remote, ReadOnlySpan<byte> data, HttpStatus status, long bytes)
    {
        int end = data.IndexOfAny((byte)'\r', (byte)'\n');
        LogLine line = LogLine.BeginRejected(_format, _clock, remote, end < 0 ? data : data[..end], _scratch);
        _sink.WriteLine(line.End(_scratch, status, bytes));
    }

    /// <summary>Keeps what is known of a request until it is answered.</summary>
    internal void Hold(int slot, in HttpRequest request)
    {
        byte[] buffer = _held[slot] ??= _pool.Take();
        _heldLines[slot] = LogLine.Begin(_format, _clock, in request, buffer);
    }

    /// <summary>Writes the line that was held for a slot, if there is one.</summary>
    internal void Complete(int slot, HttpStatus status, long bytes)
    {
        if (_held[slot] is not { } buffer) return;
        _sink.WriteLine(_heldLines[slot].End(buffer, status, bytes));
        Forget(slot);
    }

    /// <summary>Lets go of the line that was held for a slot.</summary>
    internal void Forget(int slot)
    {
        if (_held[slot] is not { } buffer) return;
        _held[slot] = null;
        _pool.Give(buffer);
    }
}
