// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Net.Security;
using System.Security.Authentication;
using Uaas.Protocol.Front;

namespace Uaas.Front.Tls;

/// <summary>A certificate that is shown.</summary>
/// <param name="Source">Where it came from.</param>
/// <param name="Certificate">The certificate.</param>
internal sealed record ShownCertificate(CertificateSource Source, ServerCertificate Certificate);

/// <summary>Which certificate is shown to whom. It never changes: another one takes its place.</summary>
internal sealed class CertificateTable
{
    private static readonly List<SslApplicationProtocol> Protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    private readonly Dictionary<string, ShownCertificate> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="certificates">The certificates. Of two for one name the first is shown; where a name is nobody's, the first of all.</param>
    internal CertificateTable(IReadOnlyList<ShownCertificate> certificates)
    {
        All = certificates;
        foreach (ShownCertificate certificate in certificates)
        {
            foreach (string name in certificate.Certificate.Names)
                _byName.TryAdd(name, certificate);
        }
    }

    internal static CertificateTable Empty { get; } = new([]);

    internal IReadOnlyList<ShownCertificate> All { get; }

    /// <summary>The certificate for who asks for a name (RFC 6066, section 3); null where there is none at all.</summary>
    internal ShownCertificate? Find(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return First;
        if (_byName.TryGetValue(name, out ShownCertificate? exact))
            return exact;
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _byName.TryGetValue("*" + name[dot..], out ShownCertificate? wild) ? wild : First;
    }

    /// <summary>How a handshake goes on after the client's first message.</summary>
    /// <exception cref="AuthenticationException">There is no certificate.</exception>
    internal SslServerAuthenticationOptions OptionsFor(string? name)
    {
        ShownCertificate shown = Find(name) ?? throw new AuthenticationException("there is no certificate");
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = shown.Certificate.Context,
            EnabledSslProtocols = shown.Source.OnlyTls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = Protocols,
            AllowRenegotiation = false,
        };
    }

    private ShownCertificate? First => All.Count > 0 ? All[0] : null;
}
