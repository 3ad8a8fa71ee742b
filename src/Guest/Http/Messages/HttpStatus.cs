// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>The status codes this server's services answer with (RFC 9110, 15; 429 and 431 from RFC 6585). The value is the code.</summary>
public enum HttpStatus : ushort
{
    /// <summary>100 Continue.</summary>
    Continue = 100,

    /// <summary>101 Switching Protocols.</summary>
    SwitchingProtocols = 101,

    /// <summary>200 OK.</summary>
    Ok = 200,

    /// <summary>201 Created.</summary>
    Created = 201,

    /// <summary>202 Accepted.</summary>
    Accepted = 202,

    /// <summary>204 No Content.</summary>
    NoContent = 204,

    /// <summary>206 Partial Content.</summary>
    PartialContent = 206,

    /// <summary>301 Moved Permanently.</summary>
    MovedPermanently = 301,

    /// <summary>302 Found.</summary>
    Found = 302,

    /// <summary>303 See Other.</summary>
    SeeOther = 303,

    /// <summary>304 Not Modified.</summary>
    NotModified = 304,

    /// <summary>307 Temporary Redirect.</summary>
    TemporaryRedirect = 307,

    /// <summary>308 Permanent Redirect.</summary>
    PermanentRedirect = 308,

    /// <summary>400 Bad Request.</summary>
    BadRequest = 400,

    /// <summary>401 Unauthorized.</summary>
    Unauthorized = 401,

    /// <summary>403 Forbidden.</summary>
    Forbidden = 403,

    /// <summary>404 Not Found.</summary>
    NotFound = 404,

    /// <summary>405 Method Not Allowed.</summary>
    MethodNotAllowed = 405,

    /// <summary>406 Not Acceptable.</summary>
    NotAcceptable = 406,

    /// <summary>408 Request Timeout.</summary>
    RequestTimeout = 408,

    /// <summary>409 Conflict.</summary>
    Conflict = 409,

    /// <summary>410 Gone.</summary>
    Gone = 410,

    /// <summary>411 Length Required.</summary>
    LengthRequired = 411,

    /// <summary>412 Precondition Failed.</summary>
    PreconditionFailed = 412,

    /// <summary>413 Content Too Large.</summary>
    ContentTooLarge = 413,

    /// <summary>414 URI Too Long.</summary>
    UriTooLong = 414,

    /// <summary>415 Unsupported Media Type.</summary>
    UnsupportedMediaType = 415,

    /// <summary>416 Range Not Satisfiable.</summary>
    RangeNotSatisfiable = 416,

    /// <summary>417 Expectation Failed.</summary>
    ExpectationFailed = 417,

    /// <summary>421 Misdirected Request.</summary>
    MisdirectedRequest = 421,

    /// <summary>422 Unprocessable Content.</summary>
    UnprocessableContent = 422,

    /// <summary>426 Upgrade Required.</summary>
    UpgradeRequired = 426,

    /// <summary>429 Too Many Requests.</summary>
    TooManyRequests = 429,

    /// <summary>431 Request Header Fields Too Large.</summary>
    RequestHeaderFieldsTooLarge = 431,

    /// <summary>500 Internal Server Error.</summary>
    InternalServerError = 500,

    /// <summary>501 Not Implemented.</summary>
    NotImplemented = 501,

    /// <summary>502 Bad Gateway.</summary>
    BadGateway = 502,

    /// <summary>503 Service Unavailable.</summary>
    ServiceUnavailable = 503,

    /// <summary>504 Gateway Timeout.</summary>
    GatewayTimeout = 504,

    /// <summary>505 HTTP Version Not Supported.</summary>
    HttpVersionNotSupported = 505,
}

/// <summary>What is written for a status.</summary>
public static class HttpStatuses
{
    /// <summary>Bytes before the reason phrase in <see cref="Line"/>: "HTTP/1.1 200 ".</summary>
    private const int PhraseStart = 13;

    /// <summary>Bytes before the code in <see cref="Line"/>.</summary>
    private const int CodeStart = 9;

    /// <summary>The class of a status: 2 for 2xx.</summary>
    public static int Class(HttpStatus status) => (int)status / 100;

    /// <summary>The status itself where it has a name here; else 200, 400 or 500, by its class (RFC 9110, 15: as x00).</summary>
    public static HttpStatus NearestNamed(HttpStatus status)
    {
        ReadOnlySpan<byte> code = Line(status).Slice(CodeStart, 3);
        bool isNamed = (int)status == (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
        return isNamed ? status : Class(status) switch
        {
            2 => HttpStatus.Ok,
            4 => HttpStatus.BadRequest,
            _ => HttpStatus.InternalServerError,
        };
    }

    /// <summary>Whether a response with this status never has content (RFC 9110, 6.4.1): 1xx, 204 and 304.</summary>
    public static bool ForbidsContent(HttpStatus status) =>
        status < HttpStatus.Ok || status is HttpStatus.NoContent or HttpStatus.NotModified;

    /// <summary>The reason phrase, such as "Not Found".</summary>
    public static ReadOnlySpan<byte> Phrase(HttpStatus status)
    {
        ReadOnlySpan<byte> line = Line(status);
        return line[PhraseStart..^2];
    }

    /// <summary>Code and reason phrase as a line of text: "404 Not Found", with its CRLF.</summary>
    public static ReadOnlySpan<byte> PhraseLine(HttpStatus status) => Line(status)[CodeStart..];

    /// <summary>The whole status line with its CRLF (RFC 9112, 4).</summary>
    public static ReadOnlySpan<byte> Line(HttpStatus status) => status switch
    {
        HttpStatus.Continue => "HTTP/1.1 100 Continue\r\n"u8,
        HttpStatus.SwitchingProtocols => "HTTP/1.1 101 Switching Protocols\r\n"u8,
        HttpStatus.Ok => "HTTP/1.1 200 OK\r\n"u8,
        HttpStatus.Created => "HTTP/1.1 201 Created\r\n"u8,
        HttpStatus.Accepted => "HTTP/1.1 202 Accepted\r\n"u8,
        HttpStatus.NoContent => "HTTP/1.1 204 No Content\r\n"u8,
        HttpStatus.PartialContent => "HTTP/1.1 206 Partial Content\r\n"u8,
        HttpStatus.MovedPermanently => "HTTP/1.1 301 Moved Permanently\r\n"u8,
        HttpStatus.Found => "HTTP/1.1 302 Found\r\n"u8,
        HttpStatus.SeeOther => "HTTP/1.1 303 See Other\r\n"u8,
        HttpStatus.NotModified => "HTTP/1.1 304 Not Modified\r\n"u8,
        HttpStatus.TemporaryRedirect => "HTTP/1.1 307 Temporary Redirect\r\n"u8,
        HttpStatus.PermanentRedirect => "HTTP/1.1 308 Permanent Redirect\r\n"u8,
        HttpStatus.BadRequest => "HTTP/1.1 400 Bad Request\r\n"u8,
        HttpStatus.Unauthorized => "HTTP/1.1 401 Unauthorized\r\n"u8,
        HttpStatus.Forbidden => "HTTP/1.1 403 Forbidden\r\n"u8,
        HttpStatus.NotFound => "HTTP/1.1 404 Not Found\r\n"u8,
        HttpStatus.MethodNotAllowed => "HTTP/1.1 405 Method Not Allowed\r\n"u8,
        HttpStatus.NotAcceptable => "HTTP/1.1 406 Not Acceptable\r\n"u8,
        HttpStatus.RequestTimeout => "HTTP/1.1 408 Request Timeout\r\n"u8,
        HttpStatus.Conflict => "HTTP/1.1 409 Conflict\r\n"u8,
        HttpStatus.Gone => "HTTP/1.1 410 Gone\r\n"u8,
        HttpStatus.LengthRequired => "HTTP/1.1 411 Length Required\r\n"u8,
        HttpStatus.PreconditionFailed => "HTTP/1.1 412 Precondition Failed\r\n"u8,
        HttpStatus.ContentTooLarge => "HTTP/1.1 413 Content Too Large\r\n"u8,
        HttpStatus.UriTooLong => "HTTP/1.1 414 URI Too Long\r\n"u8,
        HttpStatus.UnsupportedMediaType => "HTTP/1.1 415 Unsupported Media Type\r\n"u8,
        HttpStatus.RangeNotSatisfiable => "HTTP/1.1 416 Range Not Satisfiable\r\n"u8,
        HttpStatus.ExpectationFailed => "HTTP/1.1 417 Expectation Failed\r\n"u8,
        HttpStatus.MisdirectedRequest => "HTTP/1.1 421 Misdirected Request\r\n"u8,
        HttpStatus.UnprocessableContent => "HTTP/1.1 422 Unprocessable Content\r\n"u8,
        HttpStatus.UpgradeRequired => "HTTP/1.1 426 Upgrade Required\r\n"u8,
        HttpStatus.TooManyRequests => "HTTP/1.1 429 Too Many Requests\r\n"u8,
        HttpStatus.RequestHeaderFieldsTooLarge => "HTTP/1.1 431 Request Header Fields Too Large\r\n"u8,
        HttpStatus.NotImplemented => "HTTP/1.1 501 Not Implemented\r\n"u8,
        HttpStatus.BadGateway => "HTTP/1.1 502 Bad Gateway\r\n"u8,
        HttpStatus.ServiceUnavailable => "HTTP/1.1 503 Service Unavailable\r\n"u8,
        HttpStatus.GatewayTimeout => "HTTP/1.1 504 Gateway Timeout\r\n"u8,
        HttpStatus.HttpVersionNotSupported => "HTTP/1.1 505 HTTP Version Not Supported\r\n"u8,
        _ => "HTTP/1.1 500 Internal Server Error\r\n"u8,
    };
}
