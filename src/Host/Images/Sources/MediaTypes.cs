// SPDX-License-Identifier: Apache-2.0

using System.Collections.Frozen;

namespace Uaas.Host.Images.Sources;

/// <summary>File name extensions and their media types: those of the IANA registry that occur on web sites.</summary>
internal static class MediaTypes
{
    /// <summary>The type of what no extension tells.</summary>
    internal const string Default = "application/octet-stream";

    private static readonly FrozenDictionary<string, string> s_byExtension = Parse(
        """
        text/html html htm shtml
        text/css css
        text/javascript js mjs cjs
        text/plain txt text log conf ini md5 sha256 asc diff patch
        text/markdown md markdown
        text/csv csv
        text/tab-separated-values tsv
        text/calendar ics
        text/vcard vcf
        text/vtt vtt
        text/xml xml xsl xsd
        text/x-c c cc cpp cxx h hh hpp
        text/x-csharp cs
        text/x-python py
        text/x-sh sh
        application/json json map
        application/ld+json jsonld
        application/manifest+json webmanifest
        application/yaml yaml yml
        application/toml toml
        application/sql sql
        application/rss+xml rss
        application/atom+xml atom
        application/xhtml+xml xhtml
        application/mathml+xml mathml
        application/vnd.apple.mpegurl m3u8
        application/dash+xml mpd
        application/wasm wasm
        application/pdf pdf
        application/postscript ps eps ai
        application/rtf rtf
        application/epub+zip epub
        application/zip zip
        application/gzip gz tgz
        application/zstd zst
        application/x-bzip2 bz2
        application/x-xz xz
        application/x-7z-compressed 7z
        application/x-tar tar
        application/vnd.rar rar
        application/java-archive jar war
        application/vnd.debian.binary-package deb
        application/x-rpm rpm
        application/x-iso9660-image iso
        application/msword doc
        application/vnd.ms-excel xls
        application/vnd.ms-powerpoint ppt
        application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
        application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
        application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
        application/vnd.oasis.opendocument.text odt
        application/vnd.oasis.opendocument.spreadsheet ods
        application/vnd.oasis.opendocument.presentation odp
        application/vnd.ms-fontobject eot
        font/ttf ttf
        font/otf otf
        font/woff woff
        font/woff2 woff2
        image/avif avif
        image/bmp bmp
        image/gif gif
        image/heic heic
        image/jpeg jpg jpeg jpe jfif
        image/jxl jxl
        image/png png apng
        image/svg+xml svg
        image/tiff tif tiff
        image/webp webp
        image/vnd.microsoft.icon ico cur
        audio/aac aac
        audio/flac flac
        audio/midi mid midi
        audio/mp4 m4a
        audio/mpeg mp3
        audio/ogg ogg oga opus
        audio/wav wav
        video/mp4 mp4 m4v
        video/mp2t ts m2ts
        video/mpeg mpg mpeg
        video/ogg ogv
        video/quicktime mov
        video/webm webm
        video/x-flv flv
        video/x-matroska mkv
        video/x-msvideo avi
        """);

    private static readonly FrozenSet<string> s_compressible = FrozenSet.Create(
        StringComparer.Ordinal,
        "application/json", "application/yaml", "application/toml", "application/sql", "application/wasm", "application/postscript", "application/rtf",
        "application/x-tar", "application/vnd.apple.mpegurl", "application/vnd.ms-fontobject", "font/ttf", "font/otf", "image/bmp", "image/vnd.microsoft.icon");

    /// <summary>The type of a file, of <paramref name="overrides"/> first (extension without its dot, in lower case).</summary>
    internal static string Of(string name, IReadOnlyDictionary<string, string> overrides)
    {
        string extension = Path.GetExtension(name).TrimStart('.').ToLowerInvariant();
        if (overrides.TryGetValue(extension, out string? type) || s_byExtension.TryGetValue(extension, out type))
        {
            return IsText(type) && !type.Contains(';') ? $"{type}; charset=utf-8" : type;
        }

        return Default;
    }

    /// <summary>Whether files of a type are worth trying to compress.</summary>
    internal static bool IsCompressible(string type)
    {
        string bare = type.Split(';')[0].TrimEnd();
        return IsText(bare) || s_compressible.Contains(bare) || bare.EndsWith("+json", StringComparison.Ordinal) || bare.EndsWith("+xml", StringComparison.Ordinal);
    }

    private static bool IsText(string type) => type.StartsWith("text/", StringComparison.Ordinal);

    private static FrozenDictionary<string, string> Parse(string table)
    {
        Dictionary<string, string> types = new(StringComparer.Ordinal);
        foreach (string line in table.Split('\n'))
        {
            string[] words = line.Split(' ');
            foreach (string extension in words[1..])
            {
                types.Add(extension, words[0]);
            }
        }

        return types.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
