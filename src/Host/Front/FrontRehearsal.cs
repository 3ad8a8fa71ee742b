// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Linux;
using Uaas.Protocol;
using Uaas.Protocol.Front;

namespace Uaas.Front;

/// <summary>
/// A request from zero through a front of its own, before a master and an instance that are played, all in this process and over sockets that nobody else
/// reaches. What runs for the first time is compiled then, and not when the first request comes: that takes a tenth of a second and more.
/// </summary>
public static class FrontRehearsal
{
    private const string Service = "rehearsal";
    private const int Requests = 3;

    // A trace that nobody keeps (W3C Trace Context, section 3.2.2.5): it is no request that anyone should see.
    private const string Unkept = "00-00000000000000000000000000000001-0000000000000001-00";

    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    /// <summary>Plays it; whether all requests were answered. Where they were not, the first real ones take longer, and nothing else.</summary>
    public static async Task<bool> RunAsync(CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        over.CancelAfter(Within);
        using Socket instance = Listen();
        using Socket clients = Listen();
        string path = string.Create(CultureInfo.InvariantCulture, $"\0uaas-{Service}-{Environment.ProcessId}-{clients.LocalEndPoint}");
        using var hub = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            hub.Bind(new UnixDomainSocketEndPoint(path));
            hub.Listen(1);
            _ = PlayInstanceAsync(instance, over.Token);
            _ = PlayMasterAsync(hub, (IPEndPoint)instance.LocalEndPoint!, over.Token);
            var server = (IPEndPoint)clients.LocalEndPoint!;
            var front = FrontServer.Create(new FrontOptions { Listener = FileDescriptor.Duplicate(clients.SafeHandle), MasterSocket = path, Name = Service });
            await using (front.ConfigureAwait(false))
            {
                await front.StartAsync(over.Token).ConfigureAwait(false);
                for (int i = 0; i < Requests; i++)
                {
                    if (!await AskAsync(server, over.Token).ConfigureAwait(false))
                        return false;
                }
                return true;
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
        }
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(Requests);
        return socket;
    }

    private static async Task<bool> AskAsync(IPEndPoint server, CancellationToken cancellation)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server, cancellation).ConfigureAwait(false);
        byte[] request = Encoding.ASCII.GetBytes($"GET /{Service} HTTP/1.1\r\nHost: {Service}\r\n{FrontTransformer.ColdStartHeader}: ?\r\ntraceparent: {Unkept}\r\nConnection: close\r\n\r\n");
        await client.SendAsync(request, cancellation).ConfigureAwait(false);
        byte[] answer = new byte[1024];
        int length = 0;
        int count;
        while (length < answer.Length && (count = await client.ReceiveAsync(answer.AsMemory(length), cancellation).ConfigureAwait(false)) > 0)
            length += count;
        return answer.AsSpan().StartsWith("HTTP/1.1 200 "u8);
    }

    private static async Task PlayInstanceAsync(Socket listener, CancellationToken cancellation)
    {
        byte[] request = new byte[4096];
        try
        {
            while (true)
            {
                using Socket connection = await listener.AcceptAsync(cancellation).ConfigureAwait(false);
                while (await connection.ReceiveAsync(request, cancellation).ConfigureAwait(false) > 0)
                    await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"u8.ToArray(), cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The play is over.
        }
    }

    /// <summary>Says what a master with one service at zero says. Its lines are read on the pool: it is awaited by nobody.</summary>
    private static async Task PlayMasterAsync(Socket hub, IPEndPoint instance, CancellationToken cancellation)
    {
        try
        {
            using var connection = new LineConnection(await hub.AcceptAsync(cancellation).ConfigureAwait(false), FrontLine.MaxLength);
            using CancellationTokenRegistration ends = cancellation.Register(connection.Dispose);
            connection.TrySend([
                .. FrontLine.Write("HELLO", ("version", FrontLine.Version), ("node", Service)),
                .. FrontLine.Write("SERVICE", ("name", Service), ("port", instance.Port), ("concurrency", 1), ("queue", Requests), ("deadline_ms", (long)Within.TotalMilliseconds)),
                .. FrontLine.Write("ROUTE", ("service", Service), ("host", "*"), ("path", "/"), ("strip", 0)),
                .. FrontLine.Write("SYNCED")]);
            while (connection.TryReadLine(out ReadOnlySpan<byte> line))
            {
                FrontLine said = FrontLine.Parse(line);
                if (said.Kind == "WANT")
                    connection.TrySend(FrontLine.Write("GIVE", ("seq", said.Number("seq")), ("instance", $"{Service}-1"), ("service", Service), ("address", instance), ("cold", 1)));
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or FormatException)
        {
            // The play is over.
        }
    }
}
