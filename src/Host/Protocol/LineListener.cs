// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;

namespace Uaas.Protocol;

/// <summary>
/// Sockets with a path. They are opened by the process that keeps the others alive and are inherited by those that serve them: so a peer can
/// connect while the server is being started anew, and what it says waits.
/// </summary>
public static class LocalSocket
{
    private const int Backlog = 128;

    /// <summary>Listens at a path that only this user may connect to. A socket that a former process left there is replaced.</summary>
    public static Socket Listen(string path)
    {
        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        socket.Listen(Backlog);
        return socket;
    }

    /// <summary>Connects to a path. It returns at once, also where the server is just being started anew.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>Accepts connections on a thread of its own, and gives each a thread that reads it.</summary>
/// <param name="listener">The listening socket.</param>
/// <param name="maxLine">The longest line of a connection, in bytes.</param>
/// <param name="maxConnections">Connections at a time; more are closed at once.</param>
/// <param name="serve">Serves one connection until it ends, on its thread.</param>
public sealed class LineListener(Socket listener, int maxLine, int maxConnections, Action<LineConnection> serve) : IDisposable
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(20);

    private int _connections;
    private volatile bool _isClosed;

    /// <summary>Begins to accept.</summary>
    public void Start() => new Thread(Accept, maxStackSize: 256 * 1024) { IsBackground = true, Name = "accept" }.Start();

    /// <summary>
    /// Serves no further connections. The socket is left alone: it belongs to the process that opened it, and to wake the thread that waits on it would shut
    /// it down for all who have it.
    /// </summary>
    public void Dispose() => _isClosed = true;

    private void Accept()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = listener.Accept();
            }
            catch (Exception e) when (e is SocketException { SocketErrorCode: not SocketError.OperationAborted and not SocketError.Interrupted })
            {
                // A peer that is gone before it was accepted; or no descriptor is left, which only time mends.
                Thread.Sleep(PauseAfterFailure);
                continue;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            if (Interlocked.Increment(ref _connections) > maxConnections || _isClosed)
            {
                Interlocked.Decrement(ref _connections);
                socket.Dispose();
                continue;
            }
            new Thread(() => Serve(socket), maxStackSize: 512 * 1024) { IsBackground = true, Name = "connection" }.Start();
        }
    }

    private void Serve(Socket socket)
    {
        using var connection = new LineConnection(socket, maxLine);
        try
        {
            serve(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }
}
