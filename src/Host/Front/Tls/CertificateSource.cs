// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Front.Tls;

/// <summary>Where a certificate is.</summary>
/// <param name="Certificate">Path of its PEM file.</param>
/// <param name="Key">Path of its key's.</param>
/// <param name="OnlyTls13">Whether those who ask for its names must speak TLS 1.3.</param>
internal sealed record CertificateSource(string Certificate, string Key, bool OnlyTls13);
