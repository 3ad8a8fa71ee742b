// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Uaas.Linux;

namespace Uaas.Bench.Clients.Video;

/// <summary>Opens RTMP connections, as little as servers need to be told: the simple handshake, connect, createStream, then publish or play. Answers are not looked at.</summary>
internal static class RtmpSession
{
    /// <summary>Bytes of a chunk that the publisher sends.</summary>
    internal const int ChunkSize = 65_536;

    /// <summary>Bytes of the header before a packet.</summary>
    internal const int MessageHeader = 12;

    private const int HandshakeSize = 1536;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Connects, trying again while nobody listens.</summary>
    /// <exception cref="UaasException">Nobody does in time.</exception>
    internal static Socket Connect(IPEndPoint server)
    {
        for (long start = Stopwatch.GetTimestamp(); ;)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Connect(server);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                if (Stopwatch.GetElapsedTime(start) > Patience)
                    throw new UaasException(Failure.Boot, $"cannot connect to {server}: {e.Message}");
                Thread.Sleep(Pause);
            }
        }
    }

    /// <summary>Shakes hands on a new connection and connects to the application "live".</summary>
    internal static void Greet(Socket socket, IPEndPoint server)
    {
        socket.ReceiveTimeout = socket.SendTimeout = (int)Patience.TotalMilliseconds;
        byte[] hello = new byte[1 + HandshakeSize];
        hello[0] = 3;
        socket.Send(hello);
        byte[] answer = new byte[1 + 2 * HandshakeSize];
        for (int count = 0; count < answer.Length;)
        {
            int received = socket.Receive(answer.AsSpan(count));
            count += received > 0 ? received : throw new UaasException(Failure.Lost, $"{server} closes while hands are shaken");
        }
        socket.Send(answer, 1, HandshakeSize, SocketFlags.None);
        using var message = new MemoryStream();
        Text(message, "connect");
        Number(message, 1);
        message.WriteByte(3);
        Property(message, "app", "live");
        Property(message, "tcUrl", $"rtmp://{server}/live");
        message.Write([0, 0, 9]);
        SendCommand(socket, message, 0);
        message.SetLength(0);
        Text(message, "createStream");
        Number(message, 2);
        message.WriteByte(5);
        SendCommand(socket, message, 0);
    }

    /// <summary>Begins to publish, or to play.</summary>
    internal static void Begin(Socket socket, string verb, string name)
    {
        using var message = new MemoryStream();
        Text(message, verb);
        Number(message, 3);
        message.WriteByte(5);
        Text(message, name);
        SendCommand(socket, message, 1);
    }

    /// <summary>Tells the size of the chunks that follow.</summary>
    internal static void SetChunkSize(Socket socket)
    {
        byte[] message = new byte[MessageHeader + 4];
        WriteHeader(message, 2, 0, 4, 1, 0);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(MessageHeader), ChunkSize);
        socket.Send(message);
    }

    /// <summary>Puts a packet into chunks, of which the first has its body from <see cref="MessageHeader"/> on; returns the bytes of all.</summary>
    internal static int WritePacket(Span<byte> room, RecordedPacket packet, uint time)
    {
        byte stream = (byte)(packet.Type == 9 ? 6 : 4);
        WriteHeader(room, stream, time, packet.Body.Length, packet.Type, 1);
        int length = MessageHeader;
        for (int at = 0; at < packet.Body.Length; at += ChunkSize)
        {
            if (at > 0)
                room[length++] = (byte)(0xC0 | stream);
            ReadOnlySpan<byte> part = packet.Body.AsSpan(at, Math.Min(ChunkSize, packet.Body.Length - at));
            part.CopyTo(room[length..]);
            length += part.Length;
        }
        return length;
    }

    private static void SendCommand(Socket socket, MemoryStream message, uint stream)
    {
        // One chunk of the size that RTMP begins with.
        if (message.Length > 128)
            throw new InvalidOperationException("a command larger than a chunk");
        byte[] bytes = new byte[MessageHeader + message.Length];
        WriteHeader(bytes, 3, 0, (int)message.Length, 20, stream);
        message.ToArray().CopyTo(bytes, MessageHeader);
        socket.Send(bytes);
    }

    private static void WriteHeader(Span<byte> header, byte chunkStream, uint time, int length, byte type, uint stream)
    {
        header[0] = chunkStream;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], time << 8);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)length << 8 | type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], stream);
    }

    private static void Text(Stream message, string text)
    {
        message.WriteByte(2);
        Name(message, text);
    }

    private static void Property(Stream message, string name, string value)
    {
        Name(message, name);
        Text(message, value);
    }

    private static void Name(Stream message, string text)
    {
        message.WriteByte((byte)(text.Length >> 8));
        message.WriteByte((byte)text.Length);
        message.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void Number(Stream message, double value)
    {
        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = 0;
        BinaryPrimitives.WriteDoubleBigEndian(bytes[1..], value);
        message.Write(bytes);
    }
}
