// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Uaas.Bench.Clients.Video;

/// <summary>How viewers play.</summary>
internal enum PlayKind
{
    /// <summary>By RTMP.</summary>
    Rtmp,

    /// <summary>By FLV over HTTP.</summary>
    HttpFlv,
}

/// <summary>One viewer. It reads what it gets and looks for pictures, or has the kernel throw it away, which costs least.</summary>
internal sealed class VideoViewer : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[]? _buffer;
    private readonly HttpStream? _answer;
    private readonly Lock _lock = new();
    private readonly List<double> _delays = [];
    private int _kept;
    private int _lastNumber;

    /// <summary>Connects in the calling thread's network namespace, as far as can be before asking for the stream.</summary>
    internal VideoViewer(IPEndPoint server, PlayKind kind, bool looks)
    {
        Kind = kind;
        _buffer = looks ? new byte[1 << 18] : null;
        _answer = kind == PlayKind.HttpFlv ? new HttpStream() : null;
        _socket = RtmpSession.Connect(server);
        if (kind == PlayKind.Rtmp)
            RtmpSession.Greet(_socket, server);
    }

    /// <summary>How it plays.</summary>
    internal PlayKind Kind { get; }

    /// <summary>The socket's number.</summary>
    internal int Descriptor => (int)_socket.Handle;

    /// <summary>Bytes that it has had.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Whether the server has ended the connection.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>Pictures that it should have had and has not.</summary>
    internal int Missed { get; private set; }

    /// <summary>Whether it has had a key frame.</summary>
    internal bool HasKey { get; private set; }

    /// <summary>Milliseconds from the publisher's sending to having a picture, for each that came.</summary>
    internal double[] Delays
    {
        get
        {
            lock (_lock)
                return [.. _delays];
        }
    }

    /// <summary>Asks for the stream.</summary>
    internal void Begin()
    {
        if (Kind == PlayKind.Rtmp)
            RtmpSession.Begin(_socket, "play", VideoPublisher.Name);
        else
            _socket.Send(Encoding.ASCII.GetBytes($"GET /live/{VideoPublisher.Name}.flv HTTP/1.1\r\nHost: bench\r\n\r\n"));
        _socket.Blocking = false;
    }

    /// <summary>Forgets what was counted so far.</summary>
    internal void Restart()
    {
        lock (_lock)
        {
            Bytes = 0;
            Missed = 0;
            _delays.Clear();
        }
    }

    /// <summary>Takes what has come.</summary>
    internal void Take()
    {
        if (_buffer is null)
            TakeUnseen();
        else
            TakeAndLook(_buffer);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private unsafe void TakeUnseen()
    {
        const int unseen = 1 << 20;
        nint count = Machine.Native.Receive(Descriptor, null, unseen, Machine.Native.Truncate);
        Count(count);
    }

    private unsafe void TakeAndLook(byte[] buffer)
    {
        fixed (byte* place = buffer)
        {
            nint count = Machine.Native.Receive(Descriptor, place + _kept, buffer.Length - _kept, 0);
            Count(count);
            if (count <= 0)
                return;
            int body = _answer?.Take(buffer.AsSpan(_kept, (int)count)) ?? (int)count;
            int length = _kept + body;
            int at = 0;
            lock (_lock)
            {
                while (FrameMarker.TryFind(buffer.AsSpan(at, length - at), out FrameMarker marker, out int end))
                {
                    at += end;
                    See(marker);
                }
            }
            // A marker may lie across the end.
            _kept = Math.Min(FrameMarker.Size - 1, length - at);
            buffer.AsSpan(length - _kept, _kept).CopyTo(buffer);
        }
    }

    private void See(FrameMarker marker)
    {
        HasKey |= marker.IsKey;
        int number = Math.Abs(marker.Number);
        if (_lastNumber > 0)
            Missed += number - _lastNumber - 1;
        _lastNumber = number;
        _delays.Add(Stopwatch.GetElapsedTime(marker.SentAt).TotalMilliseconds);
    }

    private void Count(nint count)
    {
        if (count > 0)
            Bytes += count;
        else if (count == 0 || System.Runtime.InteropServices.Marshal.GetLastPInvokeError() is not (Machine.Native.Again or Machine.Native.Interrupted))
            IsOver = true;
    }
}
