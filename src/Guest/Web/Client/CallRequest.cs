// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Platform;

namespace Uaas.Web;

/// <summary>The bytes of a request to another service, kept until the other side has them.</summary>
internal sealed class CallRequest(int capacity)
{
    private byte[] _bytes = [];
    private int _length;

    /// <summary>Whether everything fitted and every field was one.</summary>
    internal bool IsGood { get; private set; }

    /// <summary>Whether the response has no content, whatever its head says.</summary>
    internal bool IsHead { get; private set; }

    /// <summary>Whether sending it twice does no more than sending it once (RFC 9110, 9.2.2).</summary>
    internal bool IsIdempotent { get; private set; }

    /// <summary>Bytes in all.</summary>
    internal int Length => _length;

    /// <summary>The bytes.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    private bool NamesLength { get; set; }

    /// <summary>Writes the request line and the field Host.</summary>
    internal void Start(HttpMethod method, ReadOnlySpan<byte> target, ReadOnlySpan<byte> host)
    {
        if (_bytes.Length == 0)
        {
            using (Arena.EnterHeap()) _bytes = new byte[capacity];
        }

        _length = 0;
        IsHead = method == HttpMethod.Head;
        IsIdempotent = method is not (HttpMethod.Post or HttpMethod.Patch or HttpMethod.Connect or HttpMethod.Unknown);
        NamesLength = method is HttpMethod.Post or HttpMethod.Put or HttpMethod.Patch;
        IsGood = method != HttpMethod.Unknown && !target.IsEmpty && target[0] == '/' && IsTarget(target);
        Append(HttpMethods.NameOf(method));
        Append(" "u8);
        Append(target);
        Append(" HTTP/1.1\r\nHost: "u8);
        Append(host);
        Append("\r\n"u8);
    }

    /// <summary>Adds a field. Those that say where the content ends are the call's own.</summary>
    internal void AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        bool isOurs = Ascii.EqualsIgnoreCase(name, "content-length"u8) || Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8) || Ascii.EqualsIgnoreCase(name, "host"u8);
        if (isOurs || !Ascii.IsToken(name) || HeadScanner.FindControl(value) < value.Length) IsGood = false;
        Append(name);
        Append(": "u8);
        Append(value);
        Append("\r\n"u8);
    }

    /// <summary>Ends the head and adds the content.</summary>
    internal void Complete(ReadOnlySpan<byte> content)
    {
        if (NamesLength || !content.IsEmpty)
        {
            Span<byte> digits = stackalloc byte[Digits.MaxLength];
            Append("Content-Length: "u8);
            Append(Digits.Format(content.Length, digits));
            Append("\r\n"u8);
        }

        Append("\r\n"u8);
        Append(content);
    }

    private static bool IsTarget(ReadOnlySpan<byte> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            if (target[i] is <= 0x20 or 0x7F) return false;
        }

        return true;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _length)
        {
            IsGood = false;
            return;
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }
}
