// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Uaas.Front.Tests;

/// <summary>Makes certificates, as files.</summary>
internal static class Certificates
{
    /// <summary>Writes a certificate for some names, and its key; the line for the master.</summary>
    internal static string Write(string folder, string file, string subject, params string[] names) => Write(folder, file, subject, "1.2", names);

    internal static string WriteFor13(string folder, string file, string subject, params string[] names) => Write(folder, file, subject, "1.3", names);

    /// <summary>The path of a certificate's file.</summary>
    internal static string PathOf(string folder, string file) => Path.Combine(folder, file + ".pem");

    private static string Write(string folder, string file, string subject, string minimum, string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        if (names.Length > 0)
        {
            var alternatives = new SubjectAlternativeNameBuilder();
            foreach (string name in names)
                alternatives.AddDnsName(name);
            request.CertificateExtensions.Add(alternatives.Build());
        }
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        string path = PathOf(folder, file), keyPath = Path.Combine(folder, file + ".key");
        Replace(keyPath, key.ExportPkcs8PrivateKeyPem());
        Replace(path, certificate.ExportCertificatePem());
        return $"CERTIFICATE certificate={path} key={keyPath} minimum={minimum}";
    }

    /// <summary>As tools do it that renew certificates: a new file in the old one's place.</summary>
    private static void Replace(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }
}
