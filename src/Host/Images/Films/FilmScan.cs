// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Uaas.Host.Images.Films;

/// <summary>A place in a film where playing can begin.</summary>
/// <param name="Time">Milliseconds.</param>
/// <param name="Position">Of its tag, in the file that was scanned.</param>
internal readonly record struct FilmEntry(long Time, long Position);

/// <summary>
/// What is in an FLV file (Adobe, Video File Format Specification 10.1, annex E): read once from front to back, of tags no more than their first bytes. What
/// is cut off at the end is left out.
/// </summary>
internal sealed class FilmScan
{
    private const int FileHeaderSize = 9;
    private const int TagHeaderSize = 11;
    private const int TrailerSize = 4;
    private const int PeekSize = 5;
    private const int Audio = 8;
    private const int Video = 9;
    private const int Script = 18;
    private const int MaxHeadTags = 64;
    private const int MaxHeadTag = 1 << 20;
    private const long SoundEntryEvery = 1000;

    private readonly List<FilmEntry> _entries = [];
    private readonly List<byte[]> _head = [];

    private FilmScan()
    {
    }

    /// <summary>Where playing can begin: key frames; of sound alone, a tag about every second.</summary>
    internal IReadOnlyList<FilmEntry> Entries => _entries;

    /// <summary>The file's header of 13 bytes.</summary>
    internal byte[] FileHeader { get; private set; } = [];

    /// <summary>Tags before the first picture or sound, whole: configurations and data, without onMetaData.</summary>
    internal IReadOnlyList<byte[]> HeadTags => _head;

    /// <summary>The body of the onMetaData before the first picture or sound; empty where there is none.</summary>
    internal byte[] Metadata { get; private set; } = [];

    /// <summary>Where the first picture or sound begins.</summary>
    internal long MediaStart { get; private set; }

    /// <summary>Where the last whole tag ends.</summary>
    internal long End { get; private set; }

    /// <summary>Time of the last picture or sound, in milliseconds.</summary>
    internal long Duration { get; private set; }

    /// <summary>Whether a decoder's configuration comes again later, and other than before.</summary>
    internal bool Changes { get; private set; }

    /// <summary>Whether something was cut off at the end.</summary>
    internal bool IsCut { get; private set; }

    internal bool HasVideo { get; private set; }

    internal bool HasAudio { get; private set; }

    /// <summary>Scans a file; null where it is no FLV or has nothing to play.</summary>
    internal static FilmScan? Of(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        FilmScan scan = new();
        return scan.TryReadFileHeader(file) && scan.ReadTags(file) && scan._entries.Count > 0 ? scan : null;
    }

    private bool TryReadFileHeader(FileStream file)
    {
        byte[] header = new byte[FileHeaderSize];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.AsSpan(0, 4).SequenceEqual("FLV\x01"u8))
        {
            return false;
        }

        uint size = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(5));
        if (size < FileHeaderSize || size + TrailerSize > file.Length)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(5), FileHeaderSize);
        FileHeader = [.. header, 0, 0, 0, 0];
        file.Position = End = size + TrailerSize;
        return true;
    }

    private bool ReadTags(FileStream file)
    {
        byte[] start = new byte[TagHeaderSize + PeekSize];
        while (End < file.Length)
        {
            int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            int length = (int)(BinaryPrimitives.ReadUInt32BigEndian(start) & 0xFF_FFFF);
            if (read < TagHeaderSize || End + TagHeaderSize + length + TrailerSize > file.Length)
            {
                break;
            }

            uint time = BinaryPrimitives.ReadUInt32BigEndian(start.AsSpan(4));
            if (!TryTake(file, start, length, time >> 8 | time << 24))
            {
                return false;
            }

            End += TagHeaderSize + length + TrailerSize;
            file.Position = End;
        }

        IsCut = End < file.Length;
        return true;
    }

    private bool TryTake(FileStream file, byte[] start, int length, long time)
    {
        int type = start[0] & 31;
        ReadOnlySpan<byte> body = start.AsSpan(TagHeaderSize, Math.Min(length, PeekSize));
        bool isHeader = type == Script || body.Length > 1 && (type == Video ? IsVideoHeader(body) : IsAudioHeader(body));
        HasVideo |= type == Video;
        HasAudio |= type == Audio;
        if (isHeader)
        {
            return TryTakeHeader(file, type, length);
        }

        if (type is not (Audio or Video) || length == 0)
        {
            return true;
        }

        if (MediaStart == 0)
        {
            MediaStart = End;
        }

        Duration = Math.Max(Duration, time);
        bool isEntry = type == Video ? IsKey(body[0]) : !HasVideo && (_entries.Count == 0 || time >= _entries[^1].Time + SoundEntryEvery);
        if (type == Video && _entries.Count > 0 && !_hasKey && isEntry)
        {
            // Sound came first, but where there are pictures, playing begins with those.
            _entries.Clear();
        }

        _hasKey |= type == Video && isEntry;
        if (isEntry && (_entries.Count == 0 || time >= _entries[^1].Time))
        {
            _entries.Add(new FilmEntry(time, End));
        }

        return true;
    }

    private bool _hasKey;

    private bool TryTakeHeader(FileStream file, int type, int length)
    {
        if (length > MaxHeadTag || _head.Count == MaxHeadTags)
        {
            return MediaStart != 0;
        }

        byte[] tag = new byte[TagHeaderSize + length + TrailerSize];
        file.Position = End;
        file.ReadExactly(tag);
        ReadOnlySpan<byte> body = tag.AsSpan(TagHeaderSize, length);
        if (MediaStart != 0)
        {
            Changes |= type != Script && !_head.Exists(known => known.AsSpan(TagHeaderSize).SequenceEqual(tag.AsSpan(TagHeaderSize)));
        }
        else if (type == Script && FilmMetadata.IsMetadata(body))
        {
            Metadata = body.ToArray();
        }
        else
        {
            _head.Add(tag);
        }

        return true;
    }

    private static bool IsVideoHeader(ReadOnlySpan<byte> body) => (body[0] & 0x80) != 0 ? (body[0] & 15) == 0 : (body[0] & 15) is 7 or 12 && body[1] == 0;

    private static bool IsAudioHeader(ReadOnlySpan<byte> body) => (body[0] >> 4) switch { 10 => body[1] == 0, 9 => (body[0] & 15) == 0, _ => false };

    private static bool IsKey(byte first) => (first & 0x80) != 0 ? (first >> 4 & 7) == 1 : first >> 4 == 1;
}
