// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Formats.Asn1;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Uaas.Linux;

namespace Uaas.Protocol.Front;

/// <summary>A certificate with its key and those that lead to its root, as a server shows it, read from PEM files (RFC 7468).</summary>
public sealed class ServerCertificate : IDisposable
{
    private const int MaxFileSize = 1 << 20;
    private const string SubjectAlternativeName = "2.5.29.17";

    private readonly X509Certificate2 _leaf;

    private ServerCertificate(X509Certificate2 leaf, X509Certificate2Collection chain)
    {
        _leaf = leaf;
        Context = SslStreamCertificateContext.Create(leaf, chain, offline: true);
        Names = [.. NamesOf(leaf)];
    }

    /// <summary>What a handshake needs.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>The host names that it is for, in lower case; one like <c>*.example.org</c> is for each name with one more label.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset NotAfter => _leaf.NotAfter;

    /// <summary>Reads one.</summary>
    /// <param name="certificatePath">The certificate first, then those up to the root, if need be.</param>
    /// <param name="keyPath">Its private key; may be the same file.</param>
    /// <exception cref="UaasException">A file cannot be read, is no PEM, or the two do not belong together.</exception>
    public static ServerCertificate Load(string certificatePath, string keyPath)
    {
        try
        {
            string certificates = Read(certificatePath);
            using var bare = X509Certificate2.CreateFromPem(certificates, Read(keyPath));
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificates);

            // A key that came from PEM lives in memory alone, which not every handshake takes: by way of PKCS #12 it does.
            X509Certificate2 leaf = X509CertificateLoader.LoadPkcs12(bare.Export(X509ContentType.Pkcs12), null);
            return new ServerCertificate(leaf, [.. chain.Skip(1)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UaasException(Failure.Configuration, $"cannot read the certificate: {e.Message}", "name PEM files that the daemon's user may read", e);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or AsnContentException)
        {
            throw new UaasException(Failure.Configuration, $"{certificatePath} with {keyPath} is no certificate with its key: {e.Message}", "give PEM files: the certificate first in its file, and the key that belongs to it, not encrypted", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _leaf.Dispose();

    private static string Read(string path)
    {
        if (new FileInfo(path).Length > MaxFileSize)
            throw new IOException($"{path} is larger than {MaxFileSize} bytes");
        return File.ReadAllText(path);
    }

    /// <summary>The names of the extension; where there is no such extension, the common name (RFC 9110, section 4.3.4, and what came before it).</summary>
    private static IEnumerable<string> NamesOf(X509Certificate2 certificate)
    {
        if (certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == SubjectAlternativeName) is { } found)
        {
            var names = new X509SubjectAlternativeNameExtension(found.RawData);
            return names.EnumerateDnsNames().Select(name => name.ToLowerInvariant());
        }
        string common = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return common.Length > 0 ? [common.ToLowerInvariant()] : [];
    }
}
