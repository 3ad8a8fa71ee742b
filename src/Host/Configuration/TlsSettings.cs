// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;

namespace Uaas.Configuration;

/// <summary>The least version of TLS that is spoken.</summary>
public enum TlsMinimum
{
    /// <summary>TLS 1.2 (RFC 5246).</summary>
    Tls12,

    /// <summary>TLS 1.3 (RFC 8446).</summary>
    Tls13,
}

/// <summary>How a namespace's services are reached over HTTPS.</summary>
public sealed record TlsSettings
{
    /// <summary>Most certificates of one namespace.</summary>
    public const int MaxCertificates = 1000;

    /// <summary>Its certificates. Of several the one is shown that has the name which the client asks for; where none has it, the first.</summary>
    public IReadOnlyList<CertificateFiles> Certificates { get; init; } = [];

    /// <summary>Whether plain HTTP for its routes is sent on to HTTPS.</summary>
    public bool Redirect { get; init; }

    /// <summary>The least version that is spoken.</summary>
    public TlsMinimum Minimum { get; init; }
}

/// <summary>A certificate. The front reads the files again when they change.</summary>
/// <param name="Certificate">Absolute path of a PEM file: the certificate first, then those up to the root, if need be.</param>
/// <param name="Key">Absolute path of a PEM file with its private key, which is not encrypted.</param>
public sealed record CertificateFiles(string Certificate, string Key);
