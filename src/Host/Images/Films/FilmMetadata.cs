// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Text;
using Uaas.Media.Amf;

namespace Uaas.Host.Images.Films;

/// <summary>Writes onMetaData: what a film's own has, with the index of key frames that players seek by, and what follows from it.</summary>
internal static class FilmMetadata
{
    private static readonly HashSet<string> s_ours = new(StringComparer.Ordinal)
    {
        "duration", "filesize", "hasVideo", "hasAudio", "hasMetadata", "hasKeyframes", "canSeekToEnd", "lasttimestamp", "lastkeyframetimestamp", "lastkeyframelocation", "keyframes",
    };

    /// <summary>Whether a script tag's body is onMetaData.</summary>
    internal static bool IsMetadata(ReadOnlySpan<byte> body)
    {
        AmfReader reader = new(body);
        return reader.TryReadString(out ReadOnlySpan<byte> name) && name.SequenceEqual("onMetaData"u8);
    }

    /// <summary>Makes the body. Its length does not depend on positions, the film's length or times.</summary>
    /// <param name="scan">What is in the film.</param>
    /// <param name="entries">Where playing can begin.</param>
    /// <param name="shift">What is added to each position.</param>
    /// <param name="filmLength">Bytes of the film.</param>
    internal static byte[] Write(FilmScan scan, IReadOnlyList<FilmEntry> entries, long shift, long filmLength)
    {
        List<(string Name, byte[] Value)> properties =
        [
            ("duration", Number(scan.Duration / 1000.0)),
            ("filesize", Number(filmLength)),
            ("hasVideo", Truth(scan.HasVideo)),
            ("hasAudio", Truth(scan.HasAudio)),
            ("hasMetadata", Truth(true)),
            ("hasKeyframes", Truth(scan.HasVideo)),
            ("canSeekToEnd", Truth(false)),
            ("lasttimestamp", Number(scan.Duration / 1000.0)),
            ("lastkeyframetimestamp", Number(entries[^1].Time / 1000.0)),
            ("lastkeyframelocation", Number(entries[^1].Position + shift)),
            .. Others(scan.Metadata),
            ("keyframes", Index(entries, shift)),
        ];
        MemoryStream body = new();
        body.Write([2, 0, 10, .. "onMetaData"u8, 8]);
        body.Write(Big(properties.Count));
        foreach ((string name, byte[] value) in properties)
        {
            body.Write(Name(name));
            body.Write(value);
        }

        body.Write([0, 0, 9]);
        return body.ToArray();
    }

    /// <summary>The properties that the film's own metadata has and that do not follow from the index, as they are written. What is malformed is left out, with what follows it.</summary>
    private static IEnumerable<(string Name, byte[] Value)> Others(byte[] body)
    {
        List<(string, byte[])> others = [];
        AmfReader reader = new(body);
        if (!reader.TryReadString(out _) || !reader.TryEnter())
        {
            return others;
        }

        while (reader.TryReadKey(out ReadOnlySpan<byte> key))
        {
            int start = reader.Position;
            if (!reader.TrySkip())
            {
                break;
            }

            string name = Encoding.Latin1.GetString(key);
            if (!s_ours.Contains(name))
            {
                others.Add((name, body[start..reader.Position]));
            }
        }

        return others;
    }

    private static byte[] Index(IReadOnlyList<FilmEntry> entries, long shift) =>
    [
        3,
        .. Name("filepositions"), .. List(entries, entry => entry.Position + shift),
        .. Name("times"), .. List(entries, static entry => entry.Time / 1000.0),
        0, 0, 9,
    ];

    private static byte[] List(IReadOnlyList<FilmEntry> entries, Func<FilmEntry, double> value)
    {
        const int numberSize = 9;
        byte[] bytes = new byte[5 + entries.Count * numberSize];
        bytes[0] = 10;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), entries.Count);
        for (int i = 0; i < entries.Count; i++)
        {
            BinaryPrimitives.WriteDoubleBigEndian(bytes.AsSpan(5 + i * numberSize + 1), value(entries[i]));
        }

        return bytes;
    }

    private static byte[] Name(string name) => [(byte)(name.Length >> 8), (byte)name.Length, .. Encoding.Latin1.GetBytes(name)];

    private static byte[] Truth(bool value) => [1, (byte)(value ? 1 : 0)];

    private static byte[] Number(double value)
    {
        byte[] bytes = new byte[9];
        BinaryPrimitives.WriteDoubleBigEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static byte[] Big(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
