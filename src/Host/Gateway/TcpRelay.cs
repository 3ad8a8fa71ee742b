// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Gateway;

/// <summary>Passes connections on to an instance as they are: for protocols that are not HTTP.</summary>
/// <param name="listener">Where connections come in.</param>
/// <param name="target">The instance's port.</param>
public sealed class TcpRelay(Socket listener, IPEndPoint target) : IAsyncDisposable
{
    /// <summary>Connections at a time; more wait to be accepted.</summary>
    public const int MaxConnections = 2048;

    private const int BufferSize = 64 * 1024;

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _free = new(MaxConnections);
    private Task _accepting = Task.CompletedTask;

    /// <summary>Begins to accept.</summary>
    public void Start() => _accepting = AcceptAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Those that run end by the same token; each gives its place back.
        for (int i = 0; i < MaxConnections; i++)
            await _free.WaitAsync().ConfigureAwait(false);
        _free.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            await _free.WaitAsync(_stop.Token).ConfigureAwait(false);
            try
            {
                Socket client = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _ = RelayAsync(client);
            }
            catch (Exception e)
            {
                _free.Release();
                // A client that is gone before it was accepted is no reason to end; the listener's end is.
                if (e is not SocketException || _stop.IsCancellationRequested)
                    throw;
            }
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using Socket _ = client;
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            client.NoDelay = true;
            await server.ConnectAsync(target, _stop.Token).ConfigureAwait(false);
            await Task.WhenAll(PumpAsync(client, server, _stop.Token), PumpAsync(server, client, _stop.Token)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side broke it off: so does the other, when both are disposed.
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Passes what one side sends on to the other until it ends.</summary>
    internal static async Task PumpAsync(Socket from, Socket to, CancellationToken stop)
    {
        byte[] buffer = new byte[BufferSize];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, stop).ConfigureAwait(false)) > 0)
            {
                for (int sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), stop).ConfigureAwait(false);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // The other direction has nobody to talk to any more.
            from.Close();
            to.Close();
            throw;
        }
    }
}
