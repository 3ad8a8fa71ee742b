// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Uaas.Bench.Machine;

namespace Uaas.Bench.Clients.Video;

/// <summary>Publishes a recording by RTMP in real time, again and again, each picture marked; a thread of its own.</summary>
internal sealed class VideoPublisher : IDisposable
{
    /// <summary>The name that it publishes under.</summary>
    internal const string Name = "bench";

    private readonly Recording _recording;
    private readonly Socket _socket;
    private readonly Thread _thread;
    private readonly byte[] _room;
    private volatile bool _isOver;

    /// <summary>Connects in the calling thread's network namespace and begins.</summary>
    internal VideoPublisher(Recording recording, IPEndPoint server, int processor)
    {
        _recording = recording;
        _room = new byte[recording.Packets.Max(packet => packet.Body.Length) + 1024];
        _socket = RtmpSession.Connect(server);
        RtmpSession.Greet(_socket, server);
        RtmpSession.SetChunkSize(_socket);
        RtmpSession.Begin(_socket, "publish", Name);
        _thread = new Thread(() => Processors.Bound(processor, Publish)) { IsBackground = true, Name = "publisher" };
        _thread.Start();
    }

    /// <summary>What it ended with before its time; null while all is well.</summary>
    internal string? Error { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        _socket.Dispose();
    }

    private object? Publish()
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            foreach (RecordedPacket packet in _recording.Packets.Where(packet => packet.IsHeader))
                Send(packet, 0, 0);
            int pictures = 0;
            for (uint round = 0; !_isOver; round++)
            {
                foreach (RecordedPacket packet in _recording.Packets.Where(packet => !packet.IsHeader && packet.Time < Recording.Length))
                {
                    uint time = packet.Time + round * Recording.Length;
                    WaitUntil(start, time);
                    if (_isOver)
                        return null;
                    Send(packet, time, packet.Type == 9 && FrameMarker.Fits(packet.Body) ? ++pictures : 0);
                }
            }
        }
        catch (SocketException e)
        {
            Error = e.Message;
        }
        return null;
    }

    private void Send(RecordedPacket packet, uint time, int picture)
    {
        int length = RtmpSession.WritePacket(_room, packet, time);
        if (picture > 0)
            FrameMarker.Write(_room.AsSpan(RtmpSession.MessageHeader, Math.Min(packet.Body.Length, RtmpSession.ChunkSize)), picture, packet.IsKey);
        for (int sent = 0; sent < length;)
            sent += _socket.Send(_room.AsSpan(sent, length - sent));
    }

    private void WaitUntil(long start, uint time)
    {
        while (!_isOver && Stopwatch.GetElapsedTime(start).TotalMilliseconds is var now && now < time)
            Thread.Sleep((int)Math.Clamp(time - now, 1, 100));
    }
}
