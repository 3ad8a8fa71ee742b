// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Uaas.Bench.Machine;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

/// <summary>
/// What the guest tests/Guests/Link does, as an ordinary process: the server echoes at one port and sends without end at another; the client measures round trips of one byte, then
/// takes so many MiB, and prints the guest's line. Blocking calls of the C library and nothing else between them: what a C program would do.
/// </summary>
internal static unsafe class LinkPeer
{
    /// <summary>The hidden verb that it is started by.</summary>
    internal const string Verb = "link-peer";

    private const int BufferSize = 256 << 10;

    /// <summary>Runs one end: <c>server ADDRESS</c>, or <c>client ADDRESS ROUNDS MEGABYTES</c>.</summary>
    internal static int Run(ReadOnlySpan<string> words)
    {
        var address = IPAddress.Parse(words[1]);
        if (words[0] == "server")
            Serve(address);
        else
            Measure(address, long.Parse(words[2], CultureInfo.InvariantCulture), long.Parse(words[3], CultureInfo.InvariantCulture) << 20);
        return 0;
    }

    private static void Serve(IPAddress address)
    {
        Listen(address, LinkBed.EchoPort, Echo);
        Listen(address, LinkBed.SourcePort, SendWithoutEnd);
        Console.WriteLine("listening");
        Console.Out.Flush();
        Thread.Sleep(Timeout.Infinite);
    }

    private static void Listen(IPAddress address, int port, Action<int> serve)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen();
        new Thread(() => Accept(listener, serve)) { IsBackground = true }.Start();
    }

    private static void Accept(Socket listener, Action<int> serve)
    {
        while (true)
        {
            using Socket connection = listener.Accept();
            connection.NoDelay = true;
            serve((int)connection.Handle);
        }
    }

    private static void Echo(int connection)
    {
        byte* buffer = stackalloc byte[4096];
        nint count;
        while ((count = Native.Receive(connection, buffer, 4096, 0)) > 0)
            Native.Send(connection, buffer, count, Native.NoSignal);
    }

    private static void SendWithoutEnd(int connection)
    {
        fixed (byte* buffer = new byte[BufferSize])
        {
            while (Native.Send(connection, buffer, BufferSize, Native.NoSignal) > 0)
            {
                // Until the client has had enough.
            }
        }
    }

    private static void Measure(IPAddress address, long rounds, long bytes)
    {
        long roundTime = rounds == 0 ? 0 : RoundTrips(address, rounds) / rounds;
        (long received, long time) = bytes == 0 ? (0, 0) : Download(address, bytes);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"info link rounds={rounds} round_ns={roundTime} bytes={received} bytes_ns={time} failure=0"));
    }

    private static long RoundTrips(IPAddress address, long rounds)
    {
        using Socket socket = Connect(address, LinkBed.EchoPort);
        int connection = (int)socket.Handle;
        byte one = (byte)'r';
        long start = Stopwatch.GetTimestamp();
        for (long i = 0; i < rounds; i++)
        {
            if (Native.Send(connection, &one, 1, Native.NoSignal) != 1 || Native.Receive(connection, &one, 1, 0) != 1)
                throw SystemCallException.Last("round trip");
        }
        return (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    private static (long Received, long Time) Download(IPAddress address, long bytes)
    {
        using Socket socket = Connect(address, LinkBed.SourcePort);
        int connection = (int)socket.Handle;
        long received = 0;
        long start = Stopwatch.GetTimestamp();
        fixed (byte* buffer = new byte[BufferSize])
        {
            while (received < bytes)
            {
                nint count = Native.Receive(connection, buffer, BufferSize, 0);
                if (count <= 0)
                    throw SystemCallException.Last("receive");
                received += count;
            }
        }
        return (received, (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
    }

    private static Socket Connect(IPAddress address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(address, port);
        return socket;
    }
}
