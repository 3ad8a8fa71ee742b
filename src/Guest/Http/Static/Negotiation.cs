// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>Chooses among what there is by what the client accepts (RFC 9110, section 12.5).</summary>
internal static class Negotiation
{
    /// <summary>
    /// The number of the representation that the client likes best; of several, the smallest. The first, the identity, where it likes none: that is more
    /// use than an error.
    /// </summary>
    public static int ChooseRepresentation(in ContentEntry entry, in AcceptEncoding accepted)
    {
        int chosen = 0;
        int best = accepted.Identity;
        long length = entry.GetRepresentation(0).File.Length;
        for (int i = 1; i < entry.RepresentationCount; i++)
        {
            ContentRepresentation candidate = entry.GetRepresentation(i);
            int weight = WeightOf(candidate.Coding, accepted);
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
        int json = -1;
        int html = -1;
        int others = 0;
        int cursor = 0;
        while (request.NextHeader(HeaderName.Accept, ref cursor, out ReadOnlySpan<byte> value))
        {
            QualityList list = new(value);
            while (list.TryNext(out ReadOnlySpan<byte> range, out int weight))
            {
                if (Ascii.EqualsIgnoreCase(range, "application/json"u8))
                {
                    json = weight;
                }
                else if (Ascii.EqualsIgnoreCase(range, "text/html"u8))
                {
                    html = weight;
                }
                else if (range.SequenceEqual("*/*"u8))
                {
                    others = weight;
                }
            }
        }

        // JSON has to be asked for by its name.
        return json > 0 && json > html && (html >= 0 || json >= others);
    }

    private static int WeightOf(ContentCoding coding, in AcceptEncoding accepted) => coding switch
    {
        ContentCoding.Gzip => accepted.Gzip,
        ContentCoding.Brotli => accepted.Brotli,
        ContentCoding.Zstandard => accepted.Zstandard,
        _ => accepted.Identity,
    };
}
