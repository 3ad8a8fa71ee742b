// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Cli.Tracing;

/// <summary>
/// The front's way to the collector: it lives in the node's network, which has none to outside. What comes in on a socket of the state directory, which is this user's alone, goes to the
/// collector as it is, and what that answers goes back.
/// </summary>
internal sealed class CollectorRelay : IDisposable
{
    private const int MaxConnections = 16;

    private readonly Socket _listener;
    private readonly Uri _collector;
    private readonly SemaphoreSlim _free = new(MaxConnections);
    private readonly CancellationTokenSource _stop = new();

    /// <param name="listener">Where the front connects.</param>
    /// <param name="collector">Where that leads.</param>
    internal CollectorRelay(Socket listener, Uri collector)
    {
        _listener = listener;
        _collector = collector;
        _ = AcceptAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _free.WaitAsync(_stop.Token).ConfigureAwait(false);
                _ = PassAsync(await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is to end.
        }
    }

    private async Task PassAsync(Socket front)
    {
        try
        {
            await using var near = new NetworkStream(front, ownsSocket: true);
            using var client = new TcpClient();
            await client.ConnectAsync(_collector.Host, _collector.Port, _stop.Token).ConfigureAwait(false);
            NetworkStream far = client.GetStream();
            await Task.WhenAny(near.CopyToAsync(far, _stop.Token), far.CopyToAsync(near, _stop.Token)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The collector is away: the front's exporter tries again.
        }
        finally
        {
            _free.Release();
        }
    }
}
