// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Uaas.Linux;

namespace Uaas.Protocol;

/// <summary>
/// Lines over a stream socket. Reading blocks the one thread that reads; sending never blocks: what the socket does not take waits here, and a peer
/// that leaves more than a bound unread is cut off. So no process of a node waits for another, and no thread pool stands between a line and its effect.
/// </summary>
public sealed unsafe class LineConnection : IDisposable
{
    /// <summary>The most bytes that wait for a peer that does not read; with more it is cut off.</summary>
    public const int MaxUnsent = 1 << 20;

    private const int DontWaitNoSignal = 0x4040;
    private const short PollOut = 4;
    private const byte LineFeed = (byte)'\n';

    private readonly Socket _socket;
    private readonly byte[] _buffer;
    private readonly Lock _sending = new();
    private byte[] _unsent = [];
    private int _unsentLength;
    private int _start;
    private int _end;

    /// <param name="socket">A connected socket, which goes over to the connection.</param>
    /// <param name="maxLine">The longest line to take, in bytes with its end.</param>
    public LineConnection(Socket socket, int maxLine)
    {
        _socket = socket;
        _buffer = new byte[maxLine];
    }

    /// <summary>Waits for a line. It is valid until the next call. False: the peer is gone, or has sent a line that is too long or holds a NUL.</summary>
    public bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        int scanned = _start;
        while (true)
        {
            int feed = _buffer.AsSpan(scanned, _end - scanned).IndexOf(LineFeed);
            if (feed >= 0)
            {
                line = _buffer.AsSpan(_start, scanned + feed - _start);
                _start = scanned + feed + 1;
                return !line.Contains((byte)0);
            }
            scanned = _end;
            if (!TryFill(ref scanned))
            {
                line = default;
                return false;
            }
        }
    }

    /// <summary>Sends whole lines, each with its end. False: the peer is gone, or too much waits for it; the connection is of no use any more.</summary>
    public bool TrySend(ReadOnlySpan<byte> lines)
    {
        lock (_sending)
        {
            if (_unsentLength == 0)
            {
                int sent = SendNow(lines);
                if (sent == lines.Length)
                    return true;
                if (sent < 0)
                    return false;
                lines = lines[sent..];
            }
            return TryKeep(lines);
        }
    }

    /// <summary>Ends the connection; a thread that reads from it is told that the peer is gone.</summary>
    public void Dispose()
    {
        // Whoever reads wakes up by this, on every kind of socket.
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
        _socket.Dispose();
    }

    private bool TryFill(ref int scanned)
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            scanned -= _start;
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
            return false;
        try
        {
            int count = _socket.Receive(_buffer.AsSpan(_end));
            _end += count;
            return count > 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>How much the socket takes at once; −1 where the peer is gone.</summary>
    private int SendNow(ReadOnlySpan<byte> bytes)
    {
        try
        {
            fixed (byte* start = bytes)
            {
                nint sent = Libc.Send(_socket.SafeHandle, start, bytes.Length, DontWaitNoSignal);
                if (sent >= 0)
                    return (int)sent;
            }
        }
        catch (ObjectDisposedException)
        {
            return -1;
        }
        return Marshal.GetLastPInvokeError() is Errno.Again or Errno.Interrupted ? 0 : -1;
    }

    private bool TryKeep(ReadOnlySpan<byte> rest)
    {
        if (_unsentLength + rest.Length > MaxUnsent)
        {
            Dispose();
            return false;
        }
        bool isFirst = _unsentLength == 0;
        if (_unsent.Length < _unsentLength + rest.Length)
            Array.Resize(ref _unsent, Math.Max(64 * 1024, 2 * (_unsentLength + rest.Length)));
        rest.CopyTo(_unsent.AsSpan(_unsentLength));
        _unsentLength += rest.Length;
        if (isFirst)
            new Thread(SendRest, maxStackSize: 128 * 1024) { IsBackground = true, Name = "unsent lines" }.Start();
        return true;
    }

    /// <summary>Sends what waits, as the peer makes room, and ends.</summary>
    private void SendRest()
    {
        try
        {
            while (true)
            {
                var wait = new Libc.PollDescriptor { Descriptor = (int)_socket.SafeHandle.DangerousGetHandle(), Events = PollOut };
                Libc.Poll(&wait, 1, -1);
                lock (_sending)
                {
                    int sent = SendNow(_unsent.AsSpan(0, _unsentLength));
                    if (sent < 0)
                        return;
                    _unsentLength -= sent;
                    Buffer.BlockCopy(_unsent, sent, _unsent, 0, _unsentLength);
                    if (_unsentLength == 0)
                        return;
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The connection was closed meanwhile.
        }
    }
}
