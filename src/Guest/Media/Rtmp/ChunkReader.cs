// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Media.Rtmp;

/// <summary>What became of arrived bytes.</summary>
public enum ChunkStatus : byte
{
    /// <summary>More bytes are needed.</summary>
    NeedMore,

    /// <summary>A message is complete.</summary>
    Message,

    /// <summary>The bytes break the protocol, or a bound of this side: the connection ends.</summary>
    Refused,
}

/// <summary>A complete message.</summary>
public struct RtmpMessage
{
    /// <summary>What it is.</summary>
    public RtmpMessageType Type;

    /// <summary>Milliseconds, of which there are 32 bits.</summary>
    public uint Timestamp;

    /// <summary>The message stream that it is on.</summary>
    public uint Stream;

    /// <summary>Bytes of its body.</summary>
    public int Length;
}

/// <summary>
/// Puts messages together from chunks (RTMP 1.0, 5.3): types 0 to 3, extended timestamps, messages of several chunk streams in turns. What begins a chunk is read
/// only when it is there whole; what a chunk carries is copied as it arrives.
/// </summary>
/// <param name="buffers">Where bodies are kept until they are complete.</param>
public sealed class ChunkReader(MessageBuffers buffers)
{
    /// <summary>Chunk streams that a peer may use.</summary>
    public const int MaxChunkStreams = 16;

    /// <summary>Messages that may be under way at once.</summary>
    public const int MaxPartial = 4;

    private const int DefaultChunkSize = 128;
    private const int MaxChunkSize = 0xFF_FFFF;
    private const uint ExtendedMark = 0xFF_FFFF;

    private struct ChunkStream
    {
        public int Id;
        public uint Timestamp;
        public uint Delta;
        public uint ExtendedField;
        public uint MessageStream;
        public int Length;
        public int Received;
        public RtmpMessageType Type;
        public bool IsExtended;
        public byte[]? Body;
    }

    private readonly ChunkStream[] _streams = new ChunkStream[MaxChunkStreams];
    private int _count;
    private int _partial;
    private int _current;
    private int _chunkRest;
    private int _chunkSize;
    private byte[]? _delivered;

    /// <summary>Bytes of a message's body at most.</summary>
    public int MaxMessage { get; set; }

    /// <summary>Begins with a new connection.</summary>
    public void Reset()
    {
        Release();
        _chunkSize = DefaultChunkSize;
        _chunkRest = 0;
        _count = 0;
        MaxMessage = MessageBuffers.SmallSize;
    }

    /// <summary>Gives back all buffers: the connection has ended.</summary>
    public void Release()
    {
        GiveDelivered();
        for (int i = 0; i < _count; i++) Discard(ref _streams[i]);
    }

    /// <summary>Takes the peer's chunk size (5.4.1). False where it is out of bounds.</summary>
    public bool TrySetChunkSize(uint size)
    {
        if (size is 0 or > int.MaxValue) return false;
        _chunkSize = (int)Math.Min(size, MaxChunkSize);
        return true;
    }

    /// <summary>Gives up the message that is under way on a chunk stream (5.4.2).</summary>
    public void AbortMessage(uint id)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_streams[i].Id == id) Discard(ref _streams[i]);
        }
    }

    /// <summary>
    /// Reads on in <paramref name="data"/> from <paramref name="position"/>, up to the end of a message. The body lives until the next call.
    /// </summary>
    public ChunkStatus Read(ReadOnlySpan<byte> data, ref int position, out RtmpMessage message, out ReadOnlySpan<byte> body)
    {
        message = default;
        body = default;
        GiveDelivered();
        while (true)
        {
            if (_chunkRest == 0)
            {
                ChunkStatus status = ReadHeader(data[position..], out int size);
                if (status != ChunkStatus.Message) return status;
                position += size;
            }

            ref ChunkStream stream = ref _streams[_current];
            // An aborted message has no body any more: what is left of its chunk goes.
            int count = Math.Min(_chunkRest, data.Length - position);
            if (stream.Body != null)
            {
                data.Slice(position, count).CopyTo(stream.Body.AsSpan(stream.Received));
                stream.Received += count;
            }

            position += count;
            _chunkRest -= count;
            if (_chunkRest > 0) return ChunkStatus.NeedMore;
            if (stream.Body != null && stream.Received == stream.Length) return Deliver(ref stream, out message, out body);
        }
    }

    private ChunkStatus Deliver(ref ChunkStream stream, out RtmpMessage message, out ReadOnlySpan<byte> body)
    {
        message = new RtmpMessage { Type = stream.Type, Timestamp = stream.Timestamp, Stream = stream.MessageStream, Length = stream.Length };
        body = stream.Body.AsSpan(0, stream.Length);
        _delivered = stream.Body;
        stream.Body = null;
        _partial--;
        return ChunkStatus.Message;
    }

    /// <summary>Reads a basic header, a message header and an extended timestamp. "Message" stands for: it was there.</summary>
    private ChunkStatus ReadHeader(ReadOnlySpan<byte> data, out int size)
    {
        size = 0;
        if (!TryReadBasicHeader(data, out int format, out int id, out int at)) return ChunkStatus.NeedMore;
        int fields = format switch { 0 => 11, 1 => 7, 2 => 3, _ => 0 };
        if (data.Length < at + fields) return ChunkStatus.NeedMore;
        int index = FindStream(id);
        if (index < 0) return ChunkStatus.Refused;
        // The first chunk of a stream says everything about its message.
        bool isNew = index == _count;
        if (isNew && format == 3) return ChunkStatus.Refused;
        ChunkStream before = isNew ? new ChunkStream { Id = id } : _streams[index];
        ChunkStream stream = before;
        if (!TryReadFields(data, format, ref at, ref stream)) return ChunkStatus.NeedMore;
        bool begins = stream.Body == null;
        if (begins) BeginMessage(format, ref stream);
        else if (format != 3) return ChunkStatus.Refused;
        if (begins && !TryTakeBody(ref stream)) return ChunkStatus.Refused;
        if (isNew) _count++;
        _streams[index] = stream;
        _current = index;
        _chunkRest = Math.Min(_chunkSize, stream.Length - stream.Received);
        size = at;
        return ChunkStatus.Message;
    }

    private static bool TryReadBasicHeader(ReadOnlySpan<byte> data, out int format, out int id, out int size)
    {
        format = id = size = 0;
        if (data.IsEmpty) return false;
        format = data[0] >> 6;
        id = data[0] & 63;
        size = id switch { 0 => 2, 1 => 3, _ => 1 };
        if (data.Length < size) return false;
        if (size == 2) id = 64 + data[1];
        else if (size == 3) id = 64 + data[1] + (data[2] << 8);
        return true;
    }

    private static bool TryReadFields(ReadOnlySpan<byte> data, int format, ref int at, ref ChunkStream stream)
    {
        ReadOnlySpan<byte> fields = data[at..];
        uint time = 0;
        if (format < 3)
        {
            time = ReadUInt24(fields);
            stream.IsExtended = time == ExtendedMark;
            at += 3;
        }

        if (format < 2)
        {
            stream.Length = (int)ReadUInt24(fields[3..]);
            stream.Type = (RtmpMessageType)fields[6];
            at += 4;
        }

        if (format == 0)
        {
            stream.MessageStream = BinaryPrimitives.ReadUInt32LittleEndian(fields[7..]);
            at += 4;
        }

        if (!stream.IsExtended)
        {
            if (format < 3) stream.Delta = time;
            return true;
        }

        if (data.Length < at + 4) return false;
        uint extended = BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
        // Some senders leave it out of chunks of type 3 (5.3.1.3 wants it there).
        if (format == 3 && extended != stream.ExtendedField) return true;
        at += 4;
        stream.ExtendedField = stream.Delta = extended;
        return true;
    }

    /// <summary>A type 0 chunk tells the time, the others what to add to it; type 3 the same as before (5.3.1.2.4).</summary>
    private static void BeginMessage(int format, ref ChunkStream stream)
    {
        stream.Timestamp = format == 0 ? stream.Delta : stream.Timestamp + stream.Delta;
        stream.Received = 0;
    }

    private bool TryTakeBody(ref ChunkStream stream)
    {
        if (stream.Length > MaxMessage || _partial == MaxPartial) return false;
        stream.Body = buffers.TryTake(stream.Length);
        if (stream.Body == null) return false;
        _partial++;
        return true;
    }

    private int FindStream(int id)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_streams[i].Id == id) return i;
        }

        return _count < MaxChunkStreams ? _count : -1;
    }

    private void GiveDelivered()
    {
        if (_delivered != null) buffers.Give(_delivered);
        _delivered = null;
    }

    private void Discard(ref ChunkStream stream)
    {
        if (stream.Body == null) return;
        buffers.Give(stream.Body);
        stream.Body = null;
        _partial--;
    }

    private static uint ReadUInt24(ReadOnlySpan<byte> bytes) => (uint)(bytes[0] << 16 | bytes[1] << 8 | bytes[2]);
}
