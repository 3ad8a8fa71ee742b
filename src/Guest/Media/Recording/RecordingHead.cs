// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Uaas.Media.Amf;
using Uaas.Media.Flv;

namespace Uaas.Media.Recording;

/// <summary>
/// Makes what a recording has before its tags: FLV's own header, and onMetaData with the index of key frames by which players seek, and what the publisher said
/// of the stream. Behind it, for ourselves, the index again as numbers.
/// </summary>
internal static class RecordingHead
{
    /// <summary>Bytes of an entry of the index.</summary>
    internal const int IndexEntrySize = 16;

    private const int MaxOthers = RecordingFormat.MaxMetadata;
    private const byte Truth = 1;

    private static ReadOnlySpan<byte> Begin => [2, 0, 10, (byte)'o', (byte)'n', (byte)'M', (byte)'e', (byte)'t', (byte)'a', (byte)'D', (byte)'a', (byte)'t', (byte)'a', 8];

    private static ReadOnlySpan<byte> ObjectEnd => [0, 0, 9];

    /// <summary>Writes it to <paramref name="room"/>, of <see cref="RecordingFormat.HeadPages"/> pages' payloads; returns the bytes of FLV's part.</summary>
    internal static int Build(Span<byte> room, in RecordingEntry recording, KeyIndex keys, ReadOnlySpan<byte> metadata)
    {
        // All that depends on how long the head is are numbers, whose size does not.
        int length = Write(room, in recording, keys, metadata, 0);
        Write(room, in recording, keys, metadata, length);
        Span<byte> index = room[length..];
        for (int i = 0; i < keys.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(index[(i * IndexEntrySize)..], keys.TimeOf(i));
            BinaryPrimitives.WriteInt64LittleEndian(index[(i * IndexEntrySize + 8)..], keys.PositionOf(i));
        }

        return length;
    }

    private static int Write(Span<byte> room, in RecordingEntry recording, KeyIndex keys, ReadOnlySpan<byte> metadata, int headLength)
    {
        bool hasAudio = (recording.Flags & RecordingFormat.HasAudio) != 0;
        bool hasVideo = (recording.Flags & RecordingFormat.HasVideo) != 0;
        FlvFormat.WriteFileHeader(room, hasAudio, hasVideo);
        const int bodyAt = FlvFormat.FileHeaderSize + FlvFormat.TagHeaderSize;
        Properties body = new(room[bodyAt..]);
        body.Put(Begin);
        body.BeginCount();
        body.Time("duration"u8, recording.Duration);
        body.Number("filesize"u8, headLength + recording.BodyLength);
        body.Flag("hasVideo"u8, hasVideo);
        body.Flag("hasAudio"u8, hasAudio);
        body.Flag("hasMetadata"u8, true);
        body.Flag("hasKeyframes"u8, keys.Count > 0);
        body.Flag("canSeekToEnd"u8, false);
        body.Time("lasttimestamp"u8, recording.Duration);
        if (keys.Count > 0)
        {
            body.Time("lastkeyframetimestamp"u8, keys.TimeOf(keys.Count - 1));
            body.Number("lastkeyframelocation"u8, headLength + keys.PositionOf(keys.Count - 1));
        }

        AddOthers(ref body, metadata);
        if (keys.Count > 0) AddIndex(ref body, keys, headLength);
        body.EndCount();
        body.Put(ObjectEnd);
        FlvFormat.WriteTagHeader(room[FlvFormat.FileHeaderSize..], TagType.Script, body.Length, 0);
        FlvFormat.WriteTagTrailer(room[(bodyAt + body.Length)..], body.Length);
        return bodyAt + body.Length + FlvFormat.TagTrailerSize;
    }

    /// <summary>What the publisher said and does not follow from the index, as it is written. What is malformed is left out, with what follows it.</summary>
    private static void AddOthers(ref Properties body, ReadOnlySpan<byte> metadata)
    {
        if (metadata.Length > MaxOthers) return;
        AmfReader reader = new(metadata);
        if (!reader.TryReadString(out _) || !reader.TryEnter()) return;
        while (reader.TryReadKey(out ReadOnlySpan<byte> name))
        {
            int start = reader.Position;
            if (name.IsEmpty || !reader.TrySkip()) return;
            if (!IsOurs(name)) body.Raw(name, metadata[start..reader.Position]);
        }
    }

    private static bool IsOurs(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("duration"u8) || name.SequenceEqual("filesize"u8) || name.SequenceEqual("fileSize"u8) || name.SequenceEqual("hasVideo"u8) || name.SequenceEqual("hasAudio"u8)
        || name.SequenceEqual("hasMetadata"u8) || name.SequenceEqual("hasKeyframes"u8) || name.SequenceEqual("canSeekToEnd"u8) || name.SequenceEqual("keyframes"u8)
        || name.StartsWith("last"u8);

    private static void AddIndex(ref Properties body, KeyIndex keys, int headLength)
    {
        body.BeginObject("keyframes"u8);
        body.BeginList("filepositions"u8, keys.Count);
        for (int i = 0; i < keys.Count; i++) body.Value(AmfWriter.ToDoubleBits((ulong)(headLength + keys.PositionOf(i))));
        body.BeginList("times"u8, keys.Count);
        for (int i = 0; i < keys.Count; i++) body.Value(Properties.Seconds(keys.TimeOf(i)));
        body.Put(ObjectEnd);
    }

    /// <summary>Writes the properties of an ECMA array.</summary>
    private ref struct Properties(Span<byte> room)
    {
        private readonly Span<byte> _room = room;
        private int _countAt;
        private uint _count;

        internal int Length { get; private set; }

        /// <summary>The bits of milliseconds as seconds.</summary>
        internal static ulong Seconds(long milliseconds)
        {
            double seconds = milliseconds / 1000.0;
            return Unsafe.As<double, ulong>(ref seconds);
        }

        internal void Put(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_room[Length..]);
            Length += bytes.Length;
        }

        internal void BeginCount()
        {
            _countAt = Length;
            Length += 4;
        }

        internal readonly void EndCount() => BinaryPrimitives.WriteUInt32BigEndian(_room[_countAt..], _count);

        internal void Number(ReadOnlySpan<byte> name, long value)
        {
            Name(name);
            Value(AmfWriter.ToDoubleBits((ulong)value));
        }

        internal void Time(ReadOnlySpan<byte> name, long milliseconds)
        {
            Name(name);
            Value(Seconds(milliseconds));
        }

        internal void Flag(ReadOnlySpan<byte> name, bool value)
        {
            Name(name);
            _room[Length++] = (byte)AmfType.Boolean;
            _room[Length++] = value ? Truth : (byte)0;
        }

        internal void Raw(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            Name(name);
            Put(value);
        }

        internal void BeginObject(ReadOnlySpan<byte> name)
        {
            Name(name);
            _room[Length++] = (byte)AmfType.Object;
        }

        internal void BeginList(ReadOnlySpan<byte> name, int count)
        {
            PutName(name);
            _room[Length++] = (byte)AmfType.StrictArray;
            BinaryPrimitives.WriteUInt32BigEndian(_room[Length..], (uint)count);
            Length += 4;
        }

        internal void Value(ulong bits)
        {
            _room[Length++] = (byte)AmfType.Number;
            BinaryPrimitives.WriteUInt64BigEndian(_room[Length..], bits);
            Length += 8;
        }

        private void Name(ReadOnlySpan<byte> name)
        {
            _count++;
            PutName(name);
        }

        private void PutName(ReadOnlySpan<byte> name)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_room[Length..], (ushort)name.Length);
            Length += 2;
            Put(name);
        }
    }
}
