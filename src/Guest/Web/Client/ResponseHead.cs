// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>Where the content of a response ends (RFC 9112, 6.3).</summary>
internal enum ResponseFraming : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>After a number of bytes.</summary>
    Length,

    /// <summary>After the last chunk.</summary>
    Chunked,

    /// <summary>Where the server closes the connection.</summary>
    Close,
}

/// <summary>
/// The head of a response as a client reads it: strictly, for what two readers could understand differently (both lengths, several of one, unknown codings) lets
/// one response pass for another.
/// </summary>
internal sealed class ResponseHead(HttpLimits limits)
{
    private const int StatusLineLeast = 12;

    private readonly byte[] _bytes = new byte[limits.MaxHeadSize];
    private readonly ushort[] _lineEnds = new ushort[limits.MaxHeaderCount + 1];
    private int _length;

    /// <summary>The field lines.</summary>
    internal RequestHead Fields { get; } = new(limits);

    /// <summary>The status code, 100 to 599.</summary>
    internal int Status { get; private set; }

    /// <summary>Where the content ends.</summary>
    internal ResponseFraming Framing { get; private set; }

    /// <summary>Bytes of content, where the framing says so.</summary>
    internal long ContentLength { get; private set; }

    /// <summary>Whether the connection can be used again.</summary>
    internal bool KeepAlive { get; private set; }

    /// <summary>The bytes of the head, which outlive the call that brought them.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>
    /// Reads the head that <paramref name="data"/> begins with. Incomplete: more bytes are needed, and all come again. Complete: <paramref name="length"/> are its.
    /// </summary>
    /// <param name="data">What the server sent.</param>
    /// <param name="isHead">Whether the request was HEAD.</param>
    /// <param name="length">Bytes of the head.</param>
    internal HeadScanResult Read(ReadOnlySpan<byte> data, bool isHead, out int length)
    {
        HeadScanner scanner = default;
        length = 0;
        HeadScanResult result = scanner.Scan(data, limits, _lineEnds, out _);
        if (result != HeadScanResult.Complete) return result;
        length = scanner.Length;
        _length = length;
        data[..length].CopyTo(_bytes);
        Fields.Clear();
        return ReadLines(_lineEnds.AsSpan(0, scanner.LineCount)) && FindFraming(isHead) ? HeadScanResult.Complete : HeadScanResult.Rejected;
    }

    private bool ReadLines(ReadOnlySpan<ushort> lineEnds)
    {
        if (lineEnds.IsEmpty || !ReadStatusLine(Bytes[..lineEnds[0]])) return false;
        for (int i = 1; i < lineEnds.Length; i++)
        {
            if (RequestParser.ParseHeaderLine(Bytes, lineEnds[i - 1] + 2, lineEnds[i], Fields) != RequestRejection.None) return false;
        }

        return true;
    }

    // RFC 9112, 4: the space behind the code is there even where the reason is empty; some servers leave it out.
    private bool ReadStatusLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < StatusLineLeast || !line.StartsWith("HTTP/1."u8) || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' ') return false;
        if (line.Length > StatusLineLeast && line[StatusLineLeast] != ' ') return false;
        Fields.Version = line[7] == '0' ? HttpVersion.Http10 : HttpVersion.Http11;
        Status = 0;
        for (int i = 9; i < 12; i++)
        {
            if (!Ascii.IsDigit(line[i])) return false;
            Status = Status * 10 + (line[i] - '0');
        }

        return Status is >= 100 and < 600;
    }

    private bool FindFraming(bool isHead)
    {
        bool isChunked = Fields.Has(HeaderName.TransferEncoding);
        bool hasLength = Fields.Has(HeaderName.ContentLength);
        ContentLength = 0;
        KeepAlive = Persists();
        if (isChunked && (hasLength || Fields.Version == HttpVersion.Http10 || Fields.IsRepeated(HeaderName.TransferEncoding))) return false;
        if (isChunked && !Ascii.EqualsIgnoreCase(Fields.First(HeaderName.TransferEncoding).Of(Bytes), "chunked"u8)) return false;
        if (hasLength)
        {
            if (Fields.IsRepeated(HeaderName.ContentLength)) return false;
            if (!Digits.TryRead(Fields.First(HeaderName.ContentLength).Of(Bytes), out long contentLength)) return false;
            ContentLength = contentLength;
        }

        bool none = isHead || Status < 200 || Status is 204 or 304;
        Framing = none ? ResponseFraming.None : isChunked ? ResponseFraming.Chunked : hasLength ? ResponseFraming.Length : ResponseFraming.Close;
        if (Framing == ResponseFraming.Close) KeepAlive = false;
        return true;
    }

    private bool Persists()
    {
        if (!Fields.Has(HeaderName.Connection)) return Fields.Version == HttpVersion.Http11;
        ConnectionOptions options = ConnectionOptions.None;
        for (int i = 0; i < Fields.LineCount; i++)
        {
            if (Fields.Lines[i].Known == HeaderName.Connection) options |= ConnectionOptionsReader.Read(Fields.Lines[i].Value.Of(Bytes));
        }

        if ((options & ConnectionOptions.Close) != 0) return false;
        return Fields.Version == HttpVersion.Http11 || (options & ConnectionOptions.KeepAlive) != 0;
    }
}
