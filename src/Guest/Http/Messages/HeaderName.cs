// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>The request header fields that are found without a search. Any other field is found by its text.</summary>
public enum HeaderName : byte
{
    /// <summary>A field with another name.</summary>
    Other,

    /// <summary>Accept.</summary>
    Accept,

    /// <summary>Accept-Encoding.</summary>
    AcceptEncoding,

    /// <summary>Accept-Language.</summary>
    AcceptLanguage,

    /// <summary>Access-Control-Request-Headers.</summary>
    AccessControlRequestHeaders,

    /// <summary>Access-Control-Request-Method.</summary>
    AccessControlRequestMethod,

    /// <summary>Authorization.</summary>
    Authorization,

    /// <summary>Cache-Control.</summary>
    CacheControl,

    /// <summary>Connection.</summary>
    Connection,

    /// <summary>Content-Encoding.</summary>
    ContentEncoding,

    /// <summary>Content-Length.</summary>
    ContentLength,

    /// <summary>Content-Type.</summary>
    ContentType,

    /// <summary>Cookie.</summary>
    Cookie,

    /// <summary>Date.</summary>
    Date,

    /// <summary>Expect.</summary>
    Expect,

    /// <summary>Forwarded.</summary>
    Forwarded,

    /// <summary>Host.</summary>
    Host,

    /// <summary>If-Match.</summary>
    IfMatch,

    /// <summary>If-Modified-Since.</summary>
    IfModifiedSince,

    /// <summary>If-None-Match.</summary>
    IfNoneMatch,

    /// <summary>If-Range.</summary>
    IfRange,

    /// <summary>If-Unmodified-Since.</summary>
    IfUnmodifiedSince,

    /// <summary>Keep-Alive.</summary>
    KeepAlive,

    /// <summary>Origin.</summary>
    Origin,

    /// <summary>Pragma.</summary>
    Pragma,

    /// <summary>Range.</summary>
    Range,

    /// <summary>Referer.</summary>
    Referer,

    /// <summary>Sec-WebSocket-Key.</summary>
    SecWebSocketKey,

    /// <summary>Sec-WebSocket-Protocol.</summary>
    SecWebSocketProtocol,

    /// <summary>Sec-WebSocket-Version.</summary>
    SecWebSocketVersion,

    /// <summary>TE.</summary>
    Te,

    /// <summary>Trailer.</summary>
    Trailer,

    /// <summary>Transfer-Encoding.</summary>
    TransferEncoding,

    /// <summary>Upgrade.</summary>
    Upgrade,

    /// <summary>User-Agent.</summary>
    UserAgent,

    /// <summary>Via.</summary>
    Via,

    /// <summary>X-Forwarded-For.</summary>
    XForwardedFor,

    /// <summary>X-Forwarded-Host.</summary>
    XForwardedHost,

    /// <summary>X-Forwarded-Proto.</summary>
    XForwardedProto,

    /// <summary>X-Request-Id.</summary>
    XRequestId,
}

/// <summary>The texts of <see cref="HeaderName"/>s.</summary>
public static class HeaderNames
{
    /// <summary>How many values <see cref="HeaderName"/> has; at most 64, so that a set of them fits one word.</summary>
    public const int Count = (int)HeaderName.XRequestId + 1;

    /// <summary>The field that <paramref name="text"/>, a token, names, whatever its case (RFC 9110, 5.1).</summary>
    public static HeaderName Find(ReadOnlySpan<byte> text)
    {
        switch (text.Length)
        {
            case 2:
                if (Ascii.TokenEquals(text, "te"u8)) return HeaderName.Te;
                break;
            case 3:
                if (Ascii.TokenEquals(text, "via"u8)) return HeaderName.Via;
                break;
            case 4:
                if (Ascii.TokenEquals(text, "date"u8)) return HeaderName.Date;
                if (Ascii.TokenEquals(text, "host"u8)) return HeaderName.Host;
                break;
            case 5:
                if (Ascii.TokenEquals(text, "range"u8)) return HeaderName.Range;
                break;
            case 6:
                if (Ascii.TokenEquals(text, "accept"u8)) return HeaderName.Accept;
                if (Ascii.TokenEquals(text, "cookie"u8)) return HeaderName.Cookie;
                if (Ascii.TokenEquals(text, "expect"u8)) return HeaderName.Expect;
                if (Ascii.TokenEquals(text, "origin"u8)) return HeaderName.Origin;
                if (Ascii.TokenEquals(text, "pragma"u8)) return HeaderName.Pragma;
                break;
            case 7:
                if (Ascii.TokenEquals(text, "referer"u8)) return HeaderName.Referer;
                if (Ascii.TokenEquals(text, "trailer"u8)) return HeaderName.Trailer;
                if (Ascii.TokenEquals(text, "upgrade"u8)) return HeaderName.Upgrade;
                break;
            case 8:
                if (Ascii.TokenEquals(text, "if-match"u8)) return HeaderName.IfMatch;
                if (Ascii.TokenEquals(text, "if-range"u8)) return HeaderName.IfRange;
                break;
            case 9:
                if (Ascii.TokenEquals(text, "forwarded"u8)) return HeaderName.Forwarded;
                break;
            case 10:
                if (Ascii.TokenEquals(text, "connection"u8)) return HeaderName.Connection;
                if (Ascii.TokenEquals(text, "keep-alive"u8)) return HeaderName.KeepAlive;
                if (Ascii.TokenEquals(text, "user-agent"u8)) return HeaderName.UserAgent;
                break;
            case 12:
                if (Ascii.TokenEquals(text, "content-type"u8)) return HeaderName.ContentType;
                if (Ascii.TokenEquals(text, "x-request-id"u8)) return HeaderName.XRequestId;
                break;
            case 13:
                if (Ascii.TokenEquals(text, "authorization"u8)) return HeaderName.Authorization;
                if (Ascii.TokenEquals(text, "cache-control"u8)) return HeaderName.CacheControl;
                if (Ascii.TokenEquals(text, "if-none-match"u8)) return HeaderName.IfNoneMatch;
                break;
            case 14:
                if (Ascii.TokenEquals(text, "content-length"u8)) return HeaderName.ContentLength;
                break;
            case 15:
                if (Ascii.TokenEquals(text, "accept-encoding"u8)) return HeaderName.AcceptEncoding;
                if (Ascii.TokenEquals(text, "accept-language"u8)) return HeaderName.AcceptLanguage;
                if (Ascii.TokenEquals(text, "x-forwarded-for"u8)) return HeaderName.XForwardedFor;
                break;
            case 16:
                if (Ascii.TokenEquals(text, "content-encoding"u8)) return HeaderName.ContentEncoding;
                if (Ascii.TokenEquals(text, "x-forwarded-host"u8)) return HeaderName.XForwardedHost;
                break;
            case 17:
                if (Ascii.TokenEquals(text, "if-modified-since"u8)) return HeaderName.IfModifiedSince;
                if (Ascii.TokenEquals(text, "sec-websocket-key"u8)) return HeaderName.SecWebSocketKey;
                if (Ascii.TokenEquals(text, "transfer-encoding"u8)) return HeaderName.TransferEncoding;
                if (Ascii.TokenEquals(text, "x-forwarded-proto"u8)) return HeaderName.XForwardedProto;
                break;
            case 19:
                if (Ascii.TokenEquals(text, "if-unmodified-since"u8)) return HeaderName.IfUnmodifiedSince;
                break;
            case 21:
                if (Ascii.TokenEquals(text, "sec-websocket-version"u8)) return HeaderName.SecWebSocketVersion;
                break;
            case 22:
                if (Ascii.TokenEquals(text, "sec-websocket-protocol"u8)) return HeaderName.SecWebSocketProtocol;
                break;
            case 29:
                if (Ascii.TokenEquals(text, "access-control-request-method"u8)) return HeaderName.AccessControlRequestMethod;
                break;
            case 30:
                if (Ascii.TokenEquals(text, "access-control-request-headers"u8)) return HeaderName.AccessControlRequestHeaders;
                break;
        }

        return HeaderName.Other;
    }
}
