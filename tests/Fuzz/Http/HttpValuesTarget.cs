// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Http;

namespace Uaas.Fuzz.Http;

/// <summary>The parsers of field values and paths, each on the same input.</summary>
internal sealed class HttpValuesTarget : IFuzzTarget
{
    private const long Now = 1_790_000_000;

    private readonly byte[] _scratch = new byte[512];
    private readonly byte[] _date = new byte[HttpDate.Length];
    private readonly ByteRange[] _ranges = new ByteRange[4];

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "Sun, 06 Nov 1994 08:49:37 GMT"u8.ToArray(),
        "Sunday, 06-Nov-94 08:49:37 GMT"u8.ToArray(),
        "Sun Nov  6 08:49:37 1994"u8.ToArray(),
        "bytes=0-9, 20-, -5"u8.ToArray(),
        "gzip;q=0.5, br, *;q=0"u8.ToArray(),
        "\"a\", W/\"b\", *"u8.ToArray(),
        "text/html; charset=\"utf-8\"; q=0.7"u8.ToArray(),
        "/a/./b%20c/../%2e/d//e"u8.ToArray(),
        "18446744073709551615"u8.ToArray(),
        "keep-alive, close, upgrade"u8.ToArray(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        if (HttpDate.TryRead(input, Now, out long seconds)) CheckDate(seconds);
        CheckRanges(input, 1000);
        CheckRanges(input, 0);
        AcceptEncoding accept = AcceptEncoding.Read(input);
        HttpCheck.Holds(IsQuality(accept.Identity) && IsQuality(accept.Gzip) && IsQuality(accept.Brotli) && IsQuality(accept.Zstandard), "weights are at most 1");
        HttpCheck.Holds(!EntityTags.StrongContains(input, "\"a\""u8) || EntityTags.WeakContains(input, "\"a\""u8), "what matches strongly matches weakly");
        if (EntityTags.IsTag(input)) HttpCheck.Holds(EntityTags.WeakContains(input, input), "a tag is in the list of itself");
        CheckMediaType(input);
        CheckPath(input);
        ConnectionOptionsReader.Read(input);
        if (Digits.TryRead(input, out long number)) HttpCheck.Holds(number >= 0, "numbers are not negative");
    }

    private static bool IsQuality(int value) => value is >= 0 and <= QualityList.MaxQuality;

    private void CheckDate(long seconds)
    {
        if (seconds is < 0 or > HttpDate.MaxValue) return;
        HttpDate.Write(seconds, _date);
        HttpCheck.Holds(HttpDate.TryRead(_date, Now, out long again) && again == seconds, "a date is read as it is written");
    }

    private void CheckRanges(ReadOnlySpan<byte> input, long length)
    {
        if (ByteRanges.Read(input, length, _ranges, out int count) != ByteRangeResult.Satisfiable) return;
        HttpCheck.Holds(count is > 0 and <= 4, "as many ranges as there is room for");
        for (int i = 0; i < count; i++)
        {
            HttpCheck.Holds(_ranges[i].Start >= 0 && _ranges[i].Length > 0 && _ranges[i].Last < length, "a range lies inside");
        }
    }

    private static void CheckMediaType(ReadOnlySpan<byte> input)
    {
        if (!MediaType.TryRead(input, out MediaType type)) return;
        HttpCheck.Holds(Ascii.IsToken(type.Type) && Ascii.IsToken(type.Subtype), "types are tokens");
        type.TryGetParameter("charset"u8, out _);
    }

    private void CheckPath(ReadOnlySpan<byte> input)
    {
        if (RequestPath.Read(input, _scratch, out RequestPath path) != RequestPathResult.Ok) return;
        ReadOnlySpan<byte> bytes = path.Bytes;
        HttpCheck.Holds(bytes.Length > 0 && bytes[0] == '/' && bytes.Length <= input.Length, "a path begins with a slash and does not grow");
        HttpCheck.Holds(!bytes.ContainsAnyInRange((byte)0, (byte)0x1F), "a path has no control characters");
        HttpCheck.Holds(bytes.IndexOf("//"u8) < 0 && bytes.IndexOf("/./"u8) < 0 && bytes.IndexOf("/../"u8) < 0, "a path is normal");
        HttpCheck.Holds(!bytes.EndsWith("/."u8) && !bytes.EndsWith("/.."u8), "a path does not end in dots");
    }
}
