// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace Uaas.Host.Tests;

/// <summary>An HTTP server as bare as can be, on a port of its own: what it gets and what it gives is in the test's hands, byte for byte.</summary>
internal sealed class RawHttpServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<string, NetworkStream, Task> _answer;

    /// <param name="answer">Given the head of each request and where the answer goes.</param>
    /// <param name="at">Where it listens; a port of the loopback that is free where that is left out.</param>
    internal RawHttpServer(Func<string, NetworkStream, Task> answer, IPEndPoint? at = null)
    {
        _answer = answer;
        _listener = new TcpListener(at ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Start();
        _ = AcceptAsync();
    }

    internal IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    internal ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>A server that gives every request the same short answer.</summary>
    internal static RawHttpServer Saying(string body, IPEndPoint? at = null) => new((_, stream) => SayAsync(stream, body), at);

    internal static Task SayAsync(NetworkStream stream, string body) => WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    internal static Task WriteAsync(NetworkStream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient _ = client;
        NetworkStream stream = client.GetStream();
        try
        {
            while (await ReadHeadAsync(stream) is { Length: > 0 } head)
            {
                Requests.Enqueue(head);
                await _answer(head, stream);
            }
        }
        catch (Exception e) when (e is System.IO.IOException or ObjectDisposedException)
        {
            // The client, or the answer, has closed the connection.
        }
    }

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
            head.Append((char)one[0]);
        return head.ToString();
    }
}
