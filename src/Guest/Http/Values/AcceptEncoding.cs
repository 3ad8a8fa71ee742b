// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>What Accept-Encoding says of the codings that content is packed in (RFC 9110, 12.5.3): weights in thousandths, 0 for "not acceptable".</summary>
public readonly struct AcceptEncoding
{
    /// <summary>The weight of content as it is. Without a field, and where nothing forbids it, it is acceptable: then at least 1.</summary>
    public int Identity { get; init; }

    /// <summary>The weight of gzip.</summary>
    public int Gzip { get; init; }

    /// <summary>The weight of br (Brotli, RFC 7932).</summary>
    public int Brotli { get; init; }

    /// <summary>The weight of zstd (RFC 8878).</summary>
    public int Zstandard { get; init; }

    /// <summary>Reads all Accept-Encoding fields of a request.</summary>
    public static AcceptEncoding Read(in HttpRequest request)
    {
        Weights weights = new() { Identity = -1, Gzip = -1, Brotli = -1, Zstandard = -1, Others = -1 };
        for (int cursor = 0; request.NextHeader(HeaderName.AcceptEncoding, ref cursor, out ReadOnlySpan<byte> value);) weights.Add(value);
        return weights.Resolve();
    }

    /// <summary>Reads one field value.</summary>
    public static AcceptEncoding Read(ReadOnlySpan<byte> value)
    {
        Weights weights = new() { Identity = -1, Gzip = -1, Brotli = -1, Zstandard = -1, Others = -1 };
        weights.Add(value);
        return weights.Resolve();
    }

    /// <summary>The weights that were named; -1 for those that were not.</summary>
    private struct Weights
    {
        public int Identity;
        public int Gzip;
        public int Brotli;
        public int Zstandard;
        public int Others;

        public void Add(ReadOnlySpan<byte> value)
        {
            QualityList list = new(value);
            while (list.TryNext(out ReadOnlySpan<byte> coding, out int quality))
            {
                if (Ascii.EqualsIgnoreCase(coding, "gzip"u8) || Ascii.EqualsIgnoreCase(coding, "x-gzip"u8)) Gzip = quality;
                else if (Ascii.EqualsIgnoreCase(coding, "br"u8)) Brotli = quality;
                else if (Ascii.EqualsIgnoreCase(coding, "zstd"u8)) Zstandard = quality;
                else if (Ascii.EqualsIgnoreCase(coding, "identity"u8)) Identity = quality;
                else if (coding.SequenceEqual("*"u8)) Others = quality;
            }
        }

        /// <summary>"*" stands for what was not named; identity is acceptable, though never preferred, unless it or "*" has weight 0.</summary>
        public readonly AcceptEncoding Resolve()
        {
            int others = Math.Max(Others, 0);
            return new AcceptEncoding
            {
                Identity = Identity >= 0 ? Identity : Others >= 0 ? Others : 1,
                Gzip = Gzip >= 0 ? Gzip : others,
                Brotli = Brotli >= 0 ? Brotli : others,
                Zstandard = Zstandard >= 0 ? Zstandard : others,
            };
        }
    }
}
