// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace Uaas.Nginx.Tests;

/// <summary>
/// Asks over one connection as long as that holds. A request that meets a connection which the server had closed while it was idle is sent again on a new
/// one (RFC 9112, section 9.3.1); all else that goes wrong is an error.
/// </summary>
/// <param name="server">Where the server is.</param>
internal sealed class KeepAliveClient(EndPoint server) : IDisposable
{
    private readonly byte[] _buffer = new byte[16384];
    private Socket? _connection;

    /// <param name="socket">Path of the server's socket.</param>
    internal KeepAliveClient(string socket)
        : this(new UnixDomainSocketEndPoint(socket))
    {
    }

    /// <summary>The body of the answer, which has a length.</summary>
    /// <exception cref="IOException">The answer is not whole, or its status is not 200.</exception>
    internal async Task<string> GetAsync(string path)
    {
        bool idle = _connection is not null;
        try
        {
            return await AskAsync(path);
        }
        catch (Exception e) when (idle && e is SocketException or EndOfStreamException)
        {
            _connection?.Dispose();
            _connection = null;
            return await AskAsync(path);
        }
    }

    public void Dispose() => _connection?.Dispose();

    /// <exception cref="EndOfStreamException">The connection ended, or was reset, before the first byte of the answer.</exception>
    private async Task<string> AskAsync(string path)
    {
        if (_connection is null)
        {
            _connection = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            await _connection.ConnectAsync(server);
        }
        await _connection.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n"));
        int received = 0;
        while (true)
        {
            int read = await ReceiveAsync(received);
            received += read;
            string answer = Encoding.ASCII.GetString(_buffer, 0, received);
            int end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0 || answer.Length < end + 4 + LengthIn(answer))
                continue;
            if (!answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
                throw new IOException(answer.Split('\r')[0]);
            if (answer.Contains("Connection: close", StringComparison.Ordinal))
            {
                _connection.Dispose();
                _connection = null;
            }
            return answer[(end + 4)..];
        }
    }

    private async Task<int> ReceiveAsync(int received)
    {
        int read;
        try
        {
            read = await _connection!.ReceiveAsync(_buffer.AsMemory(received));
        }
        catch (SocketException e) when (received > 0)
        {
            throw new IOException("the connection failed within an answer", e);
        }
        if (read == 0)
            throw received == 0 ? new EndOfStreamException("no answer") : new IOException("half an answer");
        return read;
    }

    private static int LengthIn(string answer)
    {
        const string name = "Content-Length: ";
        int start = answer.IndexOf(name, StringComparison.Ordinal) + name.Length;
        return int.Parse(answer.AsSpan(start, answer.IndexOf('\r', start) - start), System.Globalization.CultureInfo.InvariantCulture);
    }
}
