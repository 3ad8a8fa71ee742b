// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Media.Flv;

namespace Uaas.Media.Recording;

/// <summary>Follows tags through bytes that come piece by piece, to find where the last whole one ends, and key frames. What is no tag ends it.</summary>
internal sealed class TagWalker
{
    // What tells a key frame of any codec.
    private const int PeekSize = 8;

    private readonly byte[] _peeked = new byte[FlvFormat.TagHeaderSize + PeekSize];
    private long _position;
    private long _tagStart;
    private int _into;
    private int _length;
    private bool _isBroken;

    /// <summary>Where the last whole tag ends, or where walking began.</summary>
    internal long LastTagEnd { get; private set; }

    /// <summary>Milliseconds of the latest whole tag.</summary>
    internal long LastTime { get; private set; }

    /// <summary>Begins at a position where a tag does.</summary>
    internal void Begin(long position)
    {
        _position = _tagStart = LastTagEnd = position;
        _into = 0;
        _isBroken = false;
    }

    /// <summary>Sets what is known of the tags before.</summary>
    internal void SetLast(long lastTagEnd, long lastTime)
    {
        LastTagEnd = lastTagEnd;
        LastTime = lastTime;
    }

    /// <summary>Takes the next bytes; whole tags with key frames go to both indexes.</summary>
    internal void Take(ReadOnlySpan<byte> bytes, KeyIndex keys, KeyIndex footer)
    {
        while (!bytes.IsEmpty && !_isBroken)
        {
            int headEnd = FlvFormat.TagHeaderSize + PeekSize;
            int count = _into < FlvFormat.TagHeaderSize ? FlvFormat.TagHeaderSize - _into
                : _into < headEnd && _into < TagSize ? Math.Min(headEnd, TagSize) - _into
                : TagSize - _into;
            count = Math.Min(count, bytes.Length);
            for (int i = 0; i < count && _into + i < headEnd; i++) _peeked[_into + i] = bytes[i];
            _into += count;
            _position += count;
            bytes = bytes[count..];
            if (_into == FlvFormat.TagHeaderSize) ReadHeader();
            else if (_into == TagSize && _into > FlvFormat.TagHeaderSize) EndTag(keys, footer);
        }
    }

    private int TagSize => FlvFormat.TagHeaderSize + _length + FlvFormat.TagTrailerSize;

    private void ReadHeader()
    {
        ReadOnlySpan<byte> header = _peeked;
        _length = header[1] << 16 | header[2] << 8 | header[3];
        _isBroken = (TagType)header[0] is not (TagType.Audio or TagType.Video or TagType.Script) || (header[8] | header[9] | header[10]) != 0;
    }

    private void EndTag(KeyIndex keys, KeyIndex footer)
    {
        ReadOnlySpan<byte> header = _peeked;
        long time = BinaryPrimitives.ReadUInt32BigEndian(header[4..]) >> 8 | (uint)header[7] << 24;
        ReadOnlySpan<byte> body = header.Slice(FlvFormat.TagHeaderSize, Math.Min(_length, PeekSize));
        if ((TagType)header[0] == TagType.Video && MediaPacket.ReadVideo(body) == PacketKind.KeyFrame)
        {
            keys.Add(time, _tagStart);
            footer.Add(time, _tagStart);
        }

        LastTime = Math.Max(LastTime, time);
        LastTagEnd = _tagStart = _position;
        _into = 0;
    }
}
