// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration.Reading;

/// <summary>Reads how services are reached over HTTPS: <c>tls: {certificates: [{certificate: site.pem, key: site.key}], redirect: true}</c>.</summary>
internal static class TlsReader
{
    private const int MaxPath = 4096;

    private static readonly Dictionary<string, TlsMinimum> s_minimums = new() { ["1.2"] = TlsMinimum.Tls12, ["1.3"] = TlsMinimum.Tls13 };

    internal static TlsSettings Read(KeyReader file, string folder, Func<string, PathKind> look)
    {
        if (file.Mapping("tls") is not { } keys)
            return new TlsSettings();
        var settings = new TlsSettings
        {
            Certificates = ReadCertificates(keys, folder, look),
            Redirect = keys.Truth("redirect") ?? false,
            Minimum = keys.Choice("minimum", s_minimums) ?? TlsMinimum.Tls12,
        };
        keys.Finish();
        if (settings.Certificates.Count == 0 && !keys.Has("certificates"))
            keys.Refuse("certificates", "tls needs 'certificates', a list of certificate files with their keys");
        return settings;
    }

    private static List<CertificateFiles> ReadCertificates(KeyReader keys, string folder, Func<string, PathKind> look)
    {
        const string key = "certificates";
        YamlTree? node = keys.Find(key);
        IReadOnlyList<YamlTree> items = node is YamlList list ? list.Items : node is null ? [] : [node];
        if (items.Count > TlsSettings.MaxCertificates)
            keys.Refuse(key, $"tls.certificates has {items.Count} entries: there may be {TlsSettings.MaxCertificates}");
        return [.. items.Take(TlsSettings.MaxCertificates).Select(item => KeyReader.Of(item, keys.PathOf(key), keys.Errors)).OfType<KeyReader>()
            .Select(entry => ReadCertificate(entry, folder, look)).OfType<CertificateFiles>()];
    }

    private static CertificateFiles? ReadCertificate(KeyReader keys, string folder, Func<string, PathKind> look)
    {
        string? certificate = ReadFile(keys, "certificate", folder, look);
        string? key = keys.Has("key") ? ReadFile(keys, "key", folder, look) : certificate;
        keys.Finish();
        return certificate is null || key is null ? null : new CertificateFiles(certificate, key);
    }

    private static string? ReadFile(KeyReader keys, string key, string folder, Func<string, PathKind> look)
    {
        string? text = keys.Text(key);
        if (text is not { Length: >= 1 and <= MaxPath } || text.Any(char.IsControl))
        {
            keys.Refuse(key, $"{keys.PathOf(key)} has to be a PEM file");
            return null;
        }
        string path = Path.GetFullPath(text, folder);
        if (look(path) == PathKind.File)
            return path;
        keys.Refuse(key, $"{keys.PathOf(key)}: there is no file {KeyReader.Shorten(path)}");
        return null;
    }
}
