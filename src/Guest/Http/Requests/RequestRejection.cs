// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Http;

/// <summary>Every way in which a request is rejected before a handler sees it. After each of them the connection is closed: who knows where the next request begins?</summary>
public enum RequestRejection : byte
{
    /// <summary>It is not rejected.</summary>
    None,

    /// <summary>A line feed without a carriage return before it (RFC 9112, 2.2).</summary>
    BareLineFeed,

    /// <summary>A carriage return without a line feed behind it (RFC 9112, 2.2).</summary>
    BareCarriageReturn,

    /// <summary>Another control character in the head (RFC 9110, 5.5).</summary>
    ControlCharacter,

    /// <summary>More empty lines before the request line than any client has a reason for (RFC 9112, 2.2).</summary>
    TooManyEmptyLines,

    /// <summary>The request line is longer than <see cref="HttpLimits.MaxRequestLine"/>.</summary>
    RequestLineTooLong,

    /// <summary>The head is longer than <see cref="HttpLimits.MaxHeadSize"/>.</summary>
    HeadTooLarge,

    /// <summary>The head has more fields than <see cref="HttpLimits.MaxHeaderCount"/>.</summary>
    TooManyHeaders,

    /// <summary>The method is not a token with one space behind it (RFC 9112, 3).</summary>
    BadMethod,

    /// <summary>The target is not of a form that its method allows, or holds what no URI holds (RFC 9112, 3.2).</summary>
    BadTarget,

    /// <summary>The request line does not end in a space and "HTTP/d.d" (RFC 9112, 2.3).</summary>
    BadVersion,

    /// <summary>The major version is not 1.</summary>
    UnsupportedVersion,

    /// <summary>CONNECT, which asks for a proxy.</summary>
    UnsupportedMethod,

    /// <summary>A line that begins with a blank: obsolete folding (RFC 9112, 5.2).</summary>
    ObsoleteFolding,

    /// <summary>A field name that is not a token, or is not followed by a colon at once (RFC 9112, 5.1).</summary>
    BadHeaderName,

    /// <summary>HTTP/1.1 without Host (RFC 9112, 3.2).</summary>
    MissingHost,

    /// <summary>Two Host fields, or one that names no host (RFC 9112, 3.2).</summary>
    BadHost,

    /// <summary>Content-Length that is not one number, or comes twice (RFC 9112, 6.3).</summary>
    BadContentLength,

    /// <summary>Both Content-Length and Transfer-Encoding, or the latter in HTTP/1.0: the signs of request smuggling (RFC 9112, 6.1).</summary>
    AmbiguousFraming,

    /// <summary>Transfer-Encoding in which chunked is not the last coding, or comes twice (RFC 9112, 6.3).</summary>
    BadTransferEncoding,

    /// <summary>A transfer coding other than chunked (RFC 9112, 6.1).</summary>
    UnsupportedTransferEncoding,

    /// <summary>An expectation other than 100-continue (RFC 9110, 10.1.1).</summary>
    UnsupportedExpectation,

    /// <summary>A chunk size line, chunk end or trailer section that breaks the grammar (RFC 9112, 7.1).</summary>
    BadChunk,

    /// <summary>Chunk extensions or trailer fields beyond all reason.</summary>
    ChunkOverhead,

    /// <summary>The content is longer than <see cref="HttpLimits.MaxBody"/>.</summary>
    BodyTooLarge,

    /// <summary>The head or the content did not come in time.</summary>
    TimedOut,

    /// <summary>The client closed its side before the content was complete.</summary>
    Incomplete,

    /// <summary>There are more connections than <see cref="HttpLimits.MaxConnections"/>.</summary>
    Overloaded,
}

/// <summary>What a rejected request is answered.</summary>
public static class RequestRejections
{
    /// <summary>The status that goes with a rejection.</summary>
    public static HttpStatus Status(RequestRejection rejection) => rejection switch
    {
        RequestRejection.RequestLineTooLong => HttpStatus.UriTooLong,
        RequestRejection.HeadTooLarge or RequestRejection.TooManyHeaders => HttpStatus.RequestHeaderFieldsTooLarge,
        RequestRejection.UnsupportedVersion => HttpStatus.HttpVersionNotSupported,
        RequestRejection.UnsupportedMethod or RequestRejection.UnsupportedTransferEncoding => HttpStatus.NotImplemented,
        RequestRejection.UnsupportedExpectation => HttpStatus.ExpectationFailed,
        RequestRejection.BodyTooLarge => HttpStatus.ContentTooLarge,
        RequestRejection.TimedOut => HttpStatus.RequestTimeout,
        RequestRejection.Overloaded => HttpStatus.ServiceUnavailable,
        _ => HttpStatus.BadRequest,
    };
}
