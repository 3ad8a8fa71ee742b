// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>How the target of a request is written (RFC 9112, 3.2).</summary>
public enum TargetForm : byte
{
    /// <summary>"/path?query".</summary>
    Origin,

    /// <summary>"http://host/path?query", as a proxy is asked.</summary>
    Absolute,

    /// <summary>"host:port", for CONNECT alone.</summary>
    Authority,

    /// <summary>"*", for OPTIONS alone.</summary>
    Asterisk,
}

/// <summary>Where the content of a request ends (RFC 9112, 6.3).</summary>
public enum BodyFraming : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>After <see cref="RequestHead.ContentLength"/> bytes.</summary>
    Length,

    /// <summary>After the last chunk and its trailer section.</summary>
    Chunked,
}

/// <summary>A run of bytes inside a request head. Heads are bounded well below 64 KiB.</summary>
public readonly struct HeadSlice(int start, int length)
{
    private readonly ushort _start = (ushort)start;
    private readonly ushort _length = (ushort)length;

    /// <summary>Offset of its first byte from the start of the head.</summary>
    public int Start => _start;

    /// <summary>Bytes it has.</summary>
    public int Length => _length;

    /// <summary>The bytes themselves.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> head) => head.Slice(_start, _length);
}

/// <summary>One field line of a request head.</summary>
public struct HeaderLine
{
    /// <summary>The field's name as it was written.</summary>
    public HeadSlice Name;

    /// <summary>The field's value without the blanks around it.</summary>
    public HeadSlice Value;

    /// <summary>Which of the well-known fields it is.</summary>
    public HeaderName Known;
}

/// <summary>
/// What the parser found in a request head: offsets into its bytes. One table serves all connections, because a head is parsed and handled in one go,
/// once all of it is there. <see cref="HttpRequest"/> is what handlers see of it.
/// </summary>
public sealed class RequestHead(HttpLimits limits)
{
    private readonly byte[] _first = new byte[HeaderNames.Count];
    private ulong _present;
    private ulong _repeated;

    /// <summary>The field lines in the order they came.</summary>
    internal HeaderLine[] Lines { get; } = new HeaderLine[limits.MaxHeaderCount];

    /// <summary>Room for a decoded path.</summary>
    internal byte[] PathScratch { get; } = new byte[limits.MaxRequestLine];

    /// <summary>How many field lines there are.</summary>
    public int LineCount { get; internal set; }

    /// <summary>The method.</summary>
    public HttpMethod Method { get; internal set; }

    /// <summary>The method as it was written.</summary>
    public HeadSlice MethodText { get; internal set; }

    /// <summary>The request target as it was written.</summary>
    public HeadSlice Target { get; internal set; }

    /// <summary>How the target is written.</summary>
    public TargetForm Form { get; internal set; }

    /// <summary>The path of the target, still percent-encoded.</summary>
    public HeadSlice Path { get; internal set; }

    /// <summary>The query of the target without its question mark.</summary>
    public HeadSlice Query { get; internal set; }

    /// <summary>Whether the target has a question mark.</summary>
    public bool HasQuery { get; internal set; }

    /// <summary>The host that the request is for, from an absolute target or else the Host field; with its port, if it has one.</summary>
    public HeadSlice Host { get; internal set; }

    /// <summary>The version.</summary>
    public HttpVersion Version { get; internal set; }

    /// <summary>Where the content ends.</summary>
    public BodyFraming Framing { get; internal set; }

    /// <summary>Bytes of content, where <see cref="Framing"/> is <see cref="BodyFraming.Length"/>.</summary>
    public long ContentLength { get; internal set; }

    /// <summary>Whether the client waits for 100 (Continue) before it sends the content.</summary>
    public bool ExpectsContinue { get; internal set; }

    /// <summary>Whether the client lets the connection live on after this request.</summary>
    public bool KeepAlive { get; internal set; }

    /// <summary>Forgets the last head.</summary>
    internal void Clear()
    {
        LineCount = 0;
        _present = 0;
        _repeated = 0;
        HasQuery = false;
        Query = default;
        Host = default;
        Framing = BodyFraming.None;
        ContentLength = 0;
        ExpectsContinue = false;
    }

    /// <summary>Becomes what <paramref name="other"/> is; both were made for the same limits.</summary>
    internal void CopyFrom(RequestHead other)
    {
        Clear();
        for (int i = 0; i < other.LineCount; i++) Add(other.Lines[i].Known, other.Lines[i].Name, other.Lines[i].Value);
        Method = other.Method;
        MethodText = other.MethodText;
        Target = other.Target;
        Form = other.Form;
        Path = other.Path;
        Query = other.Query;
        HasQuery = other.HasQuery;
        Host = other.Host;
        Version = other.Version;
        Framing = other.Framing;
        ContentLength = other.ContentLength;
        ExpectsContinue = other.ExpectsContinue;
        KeepAlive = other.KeepAlive;
    }

    /// <summary>Adds a line; there is room for it.</summary>
    internal void Add(HeaderName known, HeadSlice name, HeadSlice value)
    {
        ref HeaderLine line = ref Lines[LineCount];
        line.Name = name;
        line.Value = value;
        line.Known = known;
        if (known != HeaderName.Other)
        {
            ulong bit = 1UL << (int)known;
            if ((_present & bit) == 0) _first[(int)known] = (byte)LineCount;
            _repeated |= _present & bit;
            _present |= bit;
        }

        LineCount++;
    }

    /// <summary>Whether the head has a line of this name.</summary>
    public bool Has(HeaderName name) => (_present >> (int)name & 1) != 0;

    /// <summary>Whether the head has two lines or more of this name.</summary>
    public bool IsRepeated(HeaderName name) => (_repeated >> (int)name & 1) != 0;

    /// <summary>The value of the first line of this name; empty if there is none.</summary>
    public HeadSlice First(HeaderName name) => Has(name) ? Lines[_first[(int)name]].Value : default;
}
