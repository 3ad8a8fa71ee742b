// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;
using Uaas.Boot;
using Uaas.Media.Films;
using Uaas.Media.Live;
using Uaas.Media.Recording;

namespace Uaas.Fuzz.Media;

/// <summary>What viewers ask for films and recordings by: the query, where to start, the name of a recording.</summary>
internal sealed class VideoUrlTarget : IFuzzTarget
{
    private const long MostMilliseconds = 1_000_000_000_000_000_000;

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "film.flv?start=12.5&latency=low"u8.ToArray(),
        "film-20261128T091500Z.flv?start=90s"u8.ToArray(),
        "a.b_c-20000229T235959Z.flv?key=s3cret&start=4096"u8.ToArray(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        int mark = input.IndexOf((byte)'?');
        ReadOnlySpan<byte> query = mark < 0 ? input : input[(mark + 1)..];
        ReadOnlySpan<byte> start = QueryText.Find(query, "start"u8);
        Check.Holds(start.IsEmpty || Contains(query, start), "a value lies in the query, behind its name");
        QueryText.AsksToCatchUp(query);
        ReadStart(start);
        ReadStart(input);
        ReadName(mark < 0 ? input : input[..mark]);
    }

    private static bool Contains(ReadOnlySpan<byte> query, ReadOnlySpan<byte> value)
    {
        if (!query.Overlaps(value, out int at) || at < "start=".Length) return false;
        return query[..at].EndsWith("start="u8) && value.IndexOf((byte)'&') < 0;
    }

    private static void ReadStart(ReadOnlySpan<byte> text)
    {
        if (!FilmStart.TryParse(text, out FilmStart start)) return;
        Check.Holds(start.Value is >= 0 and < MostMilliseconds, "a start is neither negative nor beyond what can be counted");
        string again = start.IsTime ? $"{start.Value / 1000}.{start.Value % 1000:000}s" : $"{start.Value}";
        Check.Holds(FilmStart.TryParse(Encoding.ASCII.GetBytes(again), out FilmStart same) && same.Value == start.Value && same.IsTime == start.IsTime, "a start is read as it was written");
    }

    private static void ReadName(ReadOnlySpan<byte> name)
    {
        if (!RecordingName.TryRead(name, out ReadOnlySpan<byte> stream, out long start)) return;
        Check.Holds(name.Length <= RecordingName.MaxLength && StreamTable.IsName(stream), "a recording is of a stream");
        LineBuilder text = new(stackalloc byte[RecordingName.MaxLength]);
        RecordingName.Write(ref text, stream, start);
        Check.Holds(text.Text.SequenceEqual(name), "a name is written as it was read");
    }
}
