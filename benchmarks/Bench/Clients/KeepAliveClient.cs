// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Uaas.Bench.Machine;

namespace Uaas.Bench.Clients;

/// <summary>
/// Asks over one connection as long as that holds. A request that meets a connection which the server had closed while it was idle is sent again on a new
/// one (RFC 9112, section 9.3.1); all else that goes wrong is a failure.
/// </summary>
/// <param name="network">The namespace that its connections are of; null for the benchmark's own.</param>
/// <param name="server">Where the server listens.</param>
/// <param name="path">What to ask for.</param>
/// <param name="size">Bytes of the body.</param>
internal sealed class KeepAliveClient(NetworkNamespace? network, IPEndPoint server, string path, int size) : IDisposable
{
    private readonly byte[] _request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n");
    private readonly byte[] _answer = new byte[size + 4096];
    private Socket? _connection;

    /// <summary>Asks once; whether the answer was 200 and whole.</summary>
    internal async Task<bool> TryAsync()
    {
        bool idle = _connection is not null;
        try
        {
            bool? good = await AskAsync().ConfigureAwait(false);
            if (good is null && idle)
            {
                Close();
                good = await AskAsync().ConfigureAwait(false);
            }
            return good is true;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            Close();
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <summary>Null: the connection had ended before an answer began.</summary>
    private async Task<bool?> AskAsync()
    {
        if (_connection is null)
        {
            _connection = network is null ? Open() : network.Run(Open);
            await _connection.ConnectAsync(server).ConfigureAwait(false);
        }
        int received = 0;
        try
        {
            await _connection.SendAsync(_request).ConfigureAwait(false);
            received = await _connection.ReceiveAsync(_answer).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // As a connection that has ended.
        }
        if (received == 0)
            return null;
        int head;
        while ((head = _answer.AsSpan(0, received).IndexOf("\r\n\r\n"u8)) < 0 || received < head + 4 + size)
        {
            int more = await _connection.ReceiveAsync(_answer.AsMemory(received)).ConfigureAwait(false);
            if (more == 0)
                return false;
            received += more;
        }
        if (_answer.AsSpan(0, head).IndexOf("Connection: close"u8) >= 0)
            Close();
        return _answer.AsSpan().StartsWith("HTTP/1.1 200 "u8);
    }

    private static Socket Open() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
