// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Media.Flv;
using Uaas.Media.Rtmp;

namespace Uaas.Media.Ingest;

/// <summary>What became of arrived bytes.</summary>
public enum FlvStatus : byte
{
    /// <summary>More bytes are needed.</summary>
    NeedMore,

    /// <summary>A tag is complete.</summary>
    Tag,

    /// <summary>The bytes are no FLV, or a tag is larger than is taken.</summary>
    Refused,
}

/// <summary>Takes an FLV file apart as it arrives (Adobe, Video File Format Specification 10.1, annex E), however it is cut up.</summary>
/// <param name="buffers">Where bodies are kept until they are complete.</param>
public sealed class FlvReader(MessageBuffers buffers)
{
    private const int FileHeader = 9;
    private const int MaxFileHeader = 64;
    private const int BetweenTags = FlvFormat.TagTrailerSize + FlvFormat.TagHeaderSize;

    private readonly byte[] _head = new byte[BetweenTags];
    private int _headLength;
    private int _skip;
    private byte[]? _body;
    private bool _isDelivered;
    private int _length;
    private int _received;
    private TagType _type;
    private uint _timestamp;
    private bool _hasBegun;

    /// <summary>Begins with a new file.</summary>
    public void Reset()
    {
        Release();
        _headLength = _skip = _length = _received = 0;
        _hasBegun = false;
    }

    /// <summary>Gives back its buffer: nothing more comes.</summary>
    public void Release()
    {
        if (_body != null) buffers.Give(_body);
        _body = null;
        _isDelivered = false;
    }

    /// <summary>Reads on in <paramref name="data"/> from <paramref name="position"/>, up to the end of a tag. The body lives until the next call.</summary>
    public FlvStatus Read(ReadOnlySpan<byte> data, ref int position, out TagType type, out uint timestamp, out ReadOnlySpan<byte> body)
    {
        type = default;
        timestamp = 0;
        body = default;
        if (_isDelivered) Release();
        while (true)
        {
            if (_skip > 0) Skip(data, ref position);
            if (position == data.Length && (_body == null || _received < _length)) return FlvStatus.NeedMore;
            if (_body == null)
            {
                int wanted = _hasBegun ? BetweenTags : FileHeader;
                if (!TryGather(data, ref position, wanted)) return FlvStatus.NeedMore;
                if (!(_hasBegun ? TryBeginTag() : TryBeginFile())) return FlvStatus.Refused;
                if (_body == null || _length > 0) continue;
            }

            int count = Math.Min(_length - _received, data.Length - position);
            data.Slice(position, count).CopyTo(_body.AsSpan(_received));
            position += count;
            _received += count;
            if (_received < _length) return FlvStatus.NeedMore;
            type = _type;
            timestamp = _timestamp;
            body = _body.AsSpan(0, _length);
            _isDelivered = true;
            return FlvStatus.Tag;
        }
    }

    private void Skip(ReadOnlySpan<byte> data, ref int position)
    {
        int count = Math.Min(_skip, data.Length - position);
        position += count;
        _skip -= count;
    }

    private bool TryGather(ReadOnlySpan<byte> data, ref int position, int wanted)
    {
        int count = Math.Min(wanted - _headLength, data.Length - position);
        data.Slice(position, count).CopyTo(_head.AsSpan(_headLength));
        position += count;
        _headLength += count;
        if (_headLength < wanted) return false;
        _headLength = 0;
        return true;
    }

    private bool TryBeginFile()
    {
        uint size = BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(5));
        if (!_head.AsSpan(0, 4).SequenceEqual("FLV\x01"u8) || size is < FileHeader or > MaxFileHeader) return false;
        _skip = (int)size - FileHeader;
        _hasBegun = true;
        return true;
    }

    private bool TryBeginTag()
    {
        // The size of the tag before comes first; nobody needs it.
        ReadOnlySpan<byte> header = _head.AsSpan(FlvFormat.TagTrailerSize);
        const int Encrypted = 0x20;
        if ((header[0] & Encrypted) != 0) return false;
        _type = (TagType)(header[0] & 31);
        _length = (int)(BinaryPrimitives.ReadUInt32BigEndian(header) & FlvFormat.MaxBodySize);
        uint time = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        _timestamp = time >> 8 | time << 24;
        _received = 0;
        if (_type is not (TagType.Audio or TagType.Video or TagType.Script))
        {
            _skip = _length;
            return true;
        }

        if (_length > buffers.LargeSize) return false;
        _body = buffers.TryTake(_length);
        return _body != null;
    }
}
