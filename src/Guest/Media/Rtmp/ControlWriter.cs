// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Media.Amf;
using Uaas.Media.Live;

namespace Uaas.Media.Rtmp;

/// <summary>Writes the messages that the server sends beside media. Each fits one chunk, even of the size that RTMP begins with, or comes after ours was set.</summary>
internal ref struct ControlWriter(Span<byte> room)
{
    private const int HeaderSize = 12;
    private const byte ControlStream = 2;
    private const byte CommandStream = 3;

    private readonly Span<byte> _room = room;
    private int _length;

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => _room[.._length];

    /// <summary>Writes a protocol control message of one number (5.4).</summary>
    public void Number(RtmpMessageType type, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_room[(_length + HeaderSize)..], value);
        Header(ControlStream, type, 4, 0);
    }

    /// <summary>Writes Set Peer Bandwidth, dynamic (5.4.5).</summary>
    public void PeerBandwidth(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_room[(_length + HeaderSize)..], value);
        _room[_length + HeaderSize + 4] = 2;
        Header(ControlStream, RtmpMessageType.SetPeerBandwidth, 5, 0);
    }

    /// <summary>Writes a user control message of one number (7.1.7): 0 stream begin, 1 stream end, 7 answer to a ping.</summary>
    public void UserControl(ushort kind, uint value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_room[(_length + HeaderSize)..], kind);
        BinaryPrimitives.WriteUInt32BigEndian(_room[(_length + HeaderSize + 2)..], value);
        Header(ControlStream, RtmpMessageType.UserControl, 6, 0);
    }

    /// <summary>Writes the answer to connect (7.2.1.1). To who knows Enhanced RTMP it says that any codec goes through.</summary>
    public void Connected(ulong transaction, bool isEnhanced)
    {
        AmfWriter amf = BeginCommand("_result"u8, transaction);
        amf.BeginObject();
        amf.Property("fmsVer"u8, "FMS/3,0,1,123"u8);
        amf.Property("capabilities"u8, 31);
        amf.EndObject();
        amf.BeginObject();
        amf.Property("level"u8, "status"u8);
        amf.Property("code"u8, "NetConnection.Connect.Success"u8);
        amf.Property("description"u8, "Connection succeeded."u8);
        amf.Property("objectEncoding"u8, 0);
        if (isEnhanced) amf.ListProperty("fourCcList"u8, "*"u8);
        amf.EndObject();
        EndCommand(in amf, 0);
    }

    /// <summary>Writes "_result" with a number, or with nothing (7.2.1.3).</summary>
    public void Result(ulong transaction, uint? value)
    {
        AmfWriter amf = BeginCommand("_result"u8, transaction);
        amf.Null();
        if (value is { } number) amf.Number(number);
        else amf.Null();
        EndCommand(in amf, 0);
    }

    /// <summary>Writes "_error" for a connection that is refused.</summary>
    public void Rejected(ulong transaction, ReadOnlySpan<byte> description)
    {
        AmfWriter amf = BeginCommand("_error"u8, transaction);
        amf.Null();
        Information(ref amf, "error"u8, "NetConnection.Connect.Rejected"u8, description);
        EndCommand(in amf, 0);
    }

    /// <summary>Writes "onStatus" (7.2.2).</summary>
    public void Status(ReadOnlySpan<byte> level, ReadOnlySpan<byte> code, ReadOnlySpan<byte> description)
    {
        AmfWriter amf = BeginCommand("onStatus"u8, 0);
        amf.Null();
        Information(ref amf, level, code, description);
        EndCommand(in amf, Framing.MessageStream);
    }

    private static void Information(ref AmfWriter amf, ReadOnlySpan<byte> level, ReadOnlySpan<byte> code, ReadOnlySpan<byte> description)
    {
        amf.BeginObject();
        amf.Property("level"u8, level);
        amf.Property("code"u8, code);
        amf.Property("description"u8, description);
        amf.EndObject();
    }

    private readonly AmfWriter BeginCommand(ReadOnlySpan<byte> name, ulong transaction)
    {
        AmfWriter amf = new(_room[(_length + HeaderSize)..]);
        amf.String(name);
        amf.NumberBits(transaction);
        return amf;
    }

    private void EndCommand(in AmfWriter amf, uint stream) => Header(CommandStream, RtmpMessageType.CommandAmf0, amf.Length, stream);

    private void Header(byte chunkStream, RtmpMessageType type, int length, uint stream)
    {
        Span<byte> header = _room[_length..];
        header[0] = chunkStream;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)length << 8 | (uint)type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], stream);
        _length += HeaderSize + length;
    }
}
