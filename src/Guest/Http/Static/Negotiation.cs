// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>Chooses among what there is by what the client accepts (RFC 9110, section 12.5).</summary>
internal static class Negotiation
{
    private const int Unset = -1;

    /// <summary>Weights are in thousandths.</summary>
    private const int FullWeight = 1000;

    /// <summary>What the client thinks of each coding.</summary>
    private struct CodingWeights
    {
        public int Identity;
        public int Gzip;
        public int Brotli;
        public int Zstandard;
        public int Others;

        public readonly int Of(ContentCoding coding)
        {
            int weight = coding switch
            {
                ContentCoding.Gzip => Gzip,
                ContentCoding.Brotli => Brotli,
                ContentCoding.Zstandard => Zstandard,
                _ => Identity,
            };
            if (weight != Unset)
            {
                return weight;
            }

            // What nobody speaks of is not accepted, but for the identity, which comes after all that is.
            return Others != Unset ? Others : 0;
        }
    }

    /// <summary>
    /// The number of the representation that the client likes best; of several, the smallest. The first, the identity, where it likes none: that is more
    /// use than an error.
    /// </summary>
    public static int ChooseRepresentation(in HttpRequest request, in ContentEntry entry)
    {
        if (entry.RepresentationCount == 1 || !request.Has(HeaderName.AcceptEncoding))
        {
            return 0;
        }

        CodingWeights weights = ReadCodings(request);
        int chosen = 0;
        int best = weights.Of(ContentCoding.Identity);
        long length = entry.GetRepresentation(0).File.Length;
        for (int i = 1; i < entry.RepresentationCount; i++)
        {
            ContentRepresentation candidate = entry.GetRepresentation(i);
            int weight = weights.Of(candidate.Coding);
            if (weight > best || (weight == best && weight > 0 && candidate.File.Length < length))
            {
                chosen = i;
                best = weight;
                length = candidate.File.Length;
            }
        }

        return chosen;
    }

    /// <summary>Whether the client would rather have JSON than HTML.</summary>
    public static bool PrefersJson(in HttpRequest request)
    {
        int json = 0;
        int html = 0;
        int others = 0;
        int cursor = 0;
        while (request.NextHeader(HeaderName.Accept, ref cursor, out ReadOnlySpan<byte> value))
        {
            ListReader list = new(value);
            while (list.TryNext(out ReadOnlySpan<byte> element))
            {
                int weight = ReadWeight(element, out ReadOnlySpan<byte> name);
                if (Ascii.EqualsIgnoreCase(name, "application/json"u8))
                {
                    json = weight;
                }
                else if (Ascii.EqualsIgnoreCase(name, "text/html"u8))
                {
                    html = weight;
                }
                else if (name.SequenceEqual("*/*"u8))
                {
                    others = weight;
                }
            }
        }

        return json > Math.Max(html, others) || (json > 0 && html == 0 && json >= others);
    }

    private static CodingWeights ReadCodings(in HttpRequest request)
    {
        CodingWeights weights = new() { Identity = Unset, Gzip = Unset, Brotli = Unset, Zstandard = Unset, Others = Unset };
        int cursor = 0;
        while (request.NextHeader(HeaderName.AcceptEncoding, ref cursor, out ReadOnlySpan<byte> value))
        {
            ListReader list = new(value);
            while (list.TryNext(out ReadOnlySpan<byte> element))
            {
                int weight = ReadWeight(element, out ReadOnlySpan<byte> name);
                if (Ascii.EqualsIgnoreCase(name, "gzip"u8) || Ascii.EqualsIgnoreCase(name, "x-gzip"u8))
                {
                    weights.Gzip = weight;
                }
                else if (Ascii.EqualsIgnoreCase(name, "br"u8))
                {
                    weights.Brotli = weight;
                }
                else if (Ascii.EqualsIgnoreCase(name, "zstd"u8))
                {
                    weights.Zstandard = weight;
                }
                else if (Ascii.EqualsIgnoreCase(name, "identity"u8))
                {
                    weights.Identity = weight;
                }
                else if (name.SequenceEqual("*"u8))
                {
                    weights.Others = weight;
                }
            }
        }

        return weights;
    }

    /// <summary>The weight of a list's element (RFC 9110, 12.4.2), and the element without its parameters. A weight that is none counts as 0.</summary>
    private static int ReadWeight(ReadOnlySpan<byte> element, out ReadOnlySpan<byte> name)
    {
        int semicolon = element.IndexOf((byte)';');
        name = semicolon < 0 ? element : Ascii.Trim(element.Slice(0, semicolon));
        while (semicolon >= 0)
        {
            element = Ascii.Trim(element.Slice(semicolon + 1));
            semicolon = element.IndexOf((byte)';');
            ReadOnlySpan<byte> parameter = semicolon < 0 ? element : Ascii.Trim(element.Slice(0, semicolon));
            if (parameter.Length >= 2 && (parameter[0] | 0x20) == 'q' && parameter[1] == '=')
            {
                return ReadThousandths(parameter.Slice(2));
            }
        }

        return FullWeight;
    }

    /// <summary>"0.5" is 500.</summary>
    private static int ReadThousandths(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > 5 || text[0] is not ((byte)'0' or (byte)'1') || (text.Length > 1 && text[1] != '.'))
        {
            return 0;
        }

        int weight = (text[0] - '0') * FullWeight;
        int unit = FullWeight / 10;
        for (int i = 2; i < text.Length; i++, unit /= 10)
        {
            if (!Ascii.IsDigit(text[i]))
            {
                return 0;
            }

            weight += (text[i] - '0') * unit;
        }

        return weight <= FullWeight ? weight : 0;
    }
}
