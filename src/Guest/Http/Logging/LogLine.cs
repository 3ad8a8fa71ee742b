// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Http;

/// <summary>A log line in the making: all but status and bytes is in its buffer, which has a gap where those belong.</summary>
internal struct LogLine
{
    /// <summary>Room for what <see cref="End"/> adds.</summary>
    private const int Gap = 64;

    // The longest line has a method, a host, a target and two fields, and less than 250 bytes around them: it fits AccessLog.MaxLine.
    private const int MaxWord = 96;
    private const int MaxTarget = 1024;
    private const int MaxField = 256;

    private AccessLogFormat _format;
    private int _gapStart;
    private int _end;

    /// <summary>Writes what is known of a request to <paramref name="buffer"/>, which has <see cref="AccessLog.MaxLine"/> bytes.</summary>
    public static LogLine Begin(AccessLogFormat format, HttpClock clock, in HttpRequest request, byte[] buffer)
    {
        LogWriter writer = new(buffer, json: format == AccessLogFormat.Json);
        LogLine line = new() { _format = format };
        WriteClient(ref writer, clock, request.RemoteAddress);
        ReadOnlySpan<byte> version = request.Version == HttpVersion.Http10 ? "HTTP/1.0"u8 : "HTTP/1.1"u8;
        if (format == AccessLogFormat.Json)
        {
            writer.Member("method"u8, request.MethodText, MaxWord);
            writer.Member("target"u8, request.Target, MaxTarget);
            writer.Member("version"u8, version, MaxWord);
            writer.Member("host"u8, request.Host, MaxWord);
            writer.Member("referer"u8, request.Header(HeaderName.Referer), MaxField);
            writer.Member("agent"u8, request.Header(HeaderName.UserAgent), MaxField);
        }
        else
        {
            writer.Raw("\""u8);
            writer.Escaped(request.MethodText, MaxWord);
            writer.Raw(" "u8);
            writer.Escaped(request.Target, MaxTarget);
            writer.Raw(" "u8);
            writer.Raw(version);
            writer.Raw("\" "u8);
        }

        line.LeaveGap(ref writer);
        if (format != AccessLogFormat.Combined) return line;
        WriteQuoted(ref writer, request.Header(HeaderName.Referer));
        WriteQuoted(ref writer, request.Header(HeaderName.UserAgent));
        line._end = writer.Position;
        return line;
    }

    /// <summary>Writes what there is of a rejected request: the first line of what the client sent.</summary>
    public static LogLine BeginRejected(AccessLogFormat format, HttpClock clock, Ipv4Address remote, ReadOnlySpan<byte> firstLine, byte[] buffer)
    {
        LogWriter writer = new(buffer, json: format == AccessLogFormat.Json);
        LogLine line = new() { _format = format };
        WriteClient(ref writer, clock, remote);
        if (format == AccessLogFormat.Json)
        {
            writer.Member("rejected"u8, firstLine, MaxTarget);
        }
        else
        {
            writer.Raw("\""u8);
            writer.Escaped(firstLine, MaxTarget);
            writer.Raw("\" "u8);
        }

        line.LeaveGap(ref writer);
        if (format != AccessLogFormat.Combined) return line;
        writer.Raw(" \"-\" \"-\""u8);
        line._end = writer.Position;
        return line;
    }

    /// <summary>Fills the gap and returns the whole line.</summary>
    public readonly ReadOnlySpan<byte> End(byte[] buffer, HttpStatus status, long bytes)
    {
        LogWriter writer = new(buffer, json: false) { Position = _gapStart };
        if (_format == AccessLogFormat.Json)
        {
            writer.Raw("\"status\":"u8);
            writer.Number((int)status);
            writer.Raw(",\"bytes\":"u8);
            writer.Number(bytes);
            writer.Raw("}"u8);
        }
        else
        {
            writer.Number((int)status);
            writer.Raw(" "u8);
            writer.Number(bytes);
        }

        writer.Raw(buffer.AsSpan(_gapStart + Gap, _end - _gapStart - Gap));
        writer.Raw("\n"u8);
        return buffer.AsSpan(0, writer.Position);
    }

    private void LeaveGap(ref LogWriter writer)
    {
        _gapStart = writer.Position;
        writer.Position += Gap;
        _end = writer.Position;
    }

    private static void WriteClient(ref LogWriter writer, HttpClock clock, Ipv4Address remote)
    {
        if (writer.IsJson)
        {
            writer.Raw("{\"time\":"u8);
            writer.Number(clock.UnixSeconds);
            writer.Raw(",\"remote\":\""u8);
            writer.Address(remote);
            writer.Raw("\","u8);
            return;
        }

        writer.Address(remote);
        ReadOnlySpan<byte> date = clock.Date;
        writer.Raw(" - - ["u8);
        writer.Raw(date.Slice(5, 2));
        writer.Raw("/"u8);
        writer.Raw(date.Slice(8, 3));
        writer.Raw("/"u8);
        writer.Raw(date.Slice(12, 4));
        writer.Raw(":"u8);
        writer.Raw(date.Slice(17, 8));
        writer.Raw(" +0000] "u8);
    }

    private static void WriteQuoted(ref LogWriter writer, ReadOnlySpan<byte> value)
    {
        writer.Raw(" \""u8);
        if (value.Length == 0) writer.Raw("-"u8);
        else writer.Escaped(value, MaxField);
        writer.Raw("\""u8);
    }
}
