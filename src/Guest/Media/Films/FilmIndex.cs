// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Content;

namespace Uaas.Media.Films;

/// <summary>A film's index in a content image, checked against the film; its entries are read when they are looked for.</summary>
internal readonly struct FilmIndex
{
    private readonly ContentFile _file;
    private readonly int _count;
    private readonly long _filmLength;
    private readonly uint _duration;

    private FilmIndex(ContentFile file, int count, long headLength, long filmLength, uint duration)
    {
        _file = file;
        _count = count;
        HeadLength = headLength;
        _filmLength = filmLength;
        _duration = duration;
    }

    /// <summary>Bytes of what a player needs before any key frame.</summary>
    public long HeadLength { get; }

    /// <summary>Opens the index of a film of so many bytes; false where it is not one, or another film's.</summary>
    public static bool TryOpen(ContentFile file, long filmLength, out FilmIndex index)
    {
        index = default;
        Span<byte> header = stackalloc byte[FilmIndexFormat.HeaderSize];
        if (file.Length < header.Length || file.Read(0, header) != ContentResult.Ok) return false;
        long headLength = BinaryPrimitives.ReadInt64LittleEndian(header[FilmIndexFormat.HeadLength..]);
        int count = BinaryPrimitives.ReadInt32LittleEndian(header[FilmIndexFormat.Count..]);
        bool isGood = BinaryPrimitives.ReadUInt64LittleEndian(header) == FilmIndexFormat.Magic
            && BinaryPrimitives.ReadInt64LittleEndian(header[FilmIndexFormat.FilmLength..]) == filmLength
            && headLength is > 0 and <= FilmIndexFormat.MaxHead && headLength < filmLength
            && count is > 0 and <= FilmIndexFormat.MaxEntries
            && file.Length >= FilmIndexFormat.HeaderSize + (long)count * FilmIndexFormat.EntrySize;
        if (!isGood) return false;
        index = new FilmIndex(file, count, headLength, filmLength, BinaryPrimitives.ReadUInt32LittleEndian(header[FilmIndexFormat.Duration..]));
        return true;
    }

    /// <summary>Finds where playing begins: at the last key frame that is not behind the start.</summary>
    /// <param name="start">Where it is wanted.</param>
    /// <param name="position">The key frame's position in the film.</param>
    /// <returns>OutOfRange where the film ends before.</returns>
    public ContentResult Find(FilmStart start, out long position)
    {
        position = 0;
        if (start.Value > (start.IsTime ? _duration : _filmLength - 1)) return ContentResult.OutOfRange;
        int low = 0;
        int high = _count - 1;
        while (low < high)
        {
            int middle = low + (high - low + 1) / 2;
            ContentResult result = Read(middle, out long time, out long at);
            if (result != ContentResult.Ok) return result;
            if ((start.IsTime ? time : at) <= start.Value) low = middle;
            else high = middle - 1;
        }

        ContentResult last = Read(low, out _, out position);
        if (last != ContentResult.Ok) return last;
        return position >= HeadLength && position < _filmLength ? ContentResult.Ok : ContentResult.Corrupt;
    }

    private ContentResult Read(int number, out long time, out long position)
    {
        Span<byte> entry = stackalloc byte[FilmIndexFormat.EntrySize];
        ContentResult result = _file.Read(FilmIndexFormat.HeaderSize + (long)number * FilmIndexFormat.EntrySize, entry);
        time = BinaryPrimitives.ReadInt64LittleEndian(entry);
        position = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
        return result;
    }
}

/// <summary>Where in a film somebody wants to begin.</summary>
internal readonly struct FilmStart
{
    private FilmStart(long value, bool isTime)
    {
        Value = value;
        IsTime = isTime;
    }

    /// <summary>Milliseconds, or bytes.</summary>
    public long Value { get; }

    /// <summary>Whether it is a time.</summary>
    public bool IsTime { get; }

    /// <summary>Reads it: a number alone is of bytes, one with a point in it or an "s" behind it of seconds.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out FilmStart start)
    {
        const int MaxDigits = 15;
        const int Thousand = 1000;
        start = default;
        bool hasUnit = !text.IsEmpty && text[^1] == 's';
        if (hasUnit) text = text[..^1];
        int point = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? text : text[..point];
        ReadOnlySpan<byte> fraction = point < 0 ? default : text[(point + 1)..];
        if (whole.Length > MaxDigits || fraction.Length > MaxDigits || whole.IsEmpty && fraction.IsEmpty) return false;
        if (!TryRead(whole, out long value) || !TryRead(fraction, out _)) return false;
        if (!hasUnit && point < 0)
        {
            start = new FilmStart(value, isTime: false);
            return true;
        }

        long thousandths = 0;
        for (int i = 0; i < 3; i++) thousandths = thousandths * 10 + (i < fraction.Length ? fraction[i] - '0' : 0);
        start = new FilmStart(value * Thousand + thousandths, isTime: true);
        return true;
    }

    private static bool TryRead(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            if (digits[i] is < (byte)'0' or > (byte)'9') return false;
            value = value * 10 + digits[i] - '0';
        }

        return true;
    }
}
