// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Http;

/// <summary>The protocol version of a request. Higher minor versions of HTTP/1 are served as 1.1 (RFC 9110, 2.5).</summary>
public enum HttpVersion : byte
{
    /// <summary>HTTP/1.0.</summary>
    Http10,

    /// <summary>HTTP/1.1.</summary>
    Http11,
}
