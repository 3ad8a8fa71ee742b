// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Gateway;

namespace Uaas.Front;

/// <summary>A port whose connections go to a service as they are.</summary>
/// <param name="Service">The service.</param>
/// <param name="Port">The guest's port.</param>
internal readonly record struct TcpRoute(string Service, int Port);

/// <summary>
/// Passes connections on to instances, for protocols that are not HTTP. A connection counts as a request of its service for as long as it lasts: it starts
/// an instance where there is none, and holds the one that it is on.
/// </summary>
internal sealed class TcpFront : IDisposable
{
    private const int MaxConnections = 4096;

    private readonly MasterLink _master;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(int Port, Socket Listener)> _listeners = [];
    private int _connections;

    /// <param name="master">What is known of services.</param>
    /// <param name="listeners">Descriptors of listening sockets, by the port that routes name them by.</param>
    internal TcpFront(MasterLink master, IReadOnlyDictionary<int, int> listeners)
    {
        _master = master;
        foreach ((int port, int descriptor) in listeners)
            _listeners.Add((port, new Socket(new SafeSocketHandle(descriptor, ownsHandle: true))));
    }

    /// <summary>Begins to accept.</summary>
    internal void Start()
    {
        foreach ((int port, Socket listener) in _listeners)
            _ = AcceptAsync(port, listener);
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Cancel();

    private async Task AcceptAsync(int port, Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(port, await listener.AcceptAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (SocketException)
            {
                // A client that is gone before it was accepted; or no descriptor is left, which only time mends.
                await Task.Delay(TimeSpan.FromMilliseconds(20)).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(int port, Socket client)
    {
        using Socket _ = client;
        try
        {
            if (Interlocked.Increment(ref _connections) <= MaxConnections)
                await PassAsync(port, client).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side broke it off: so does the other, when both are disposed.
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    private async Task PassAsync(int port, Socket client)
    {
        await _master.Synced.WaitAsync(_stop.Token).ConfigureAwait(false);
        if (!_master.Table.TcpRoutes.TryGetValue(port, out TcpRoute route) || _master.Table.Find(route.Service) is not { } service)
            return;
        long came = System.Diagnostics.Stopwatch.GetTimestamp();
        Admission admission = await service.AdmitAsync([], _stop.Token).ConfigureAwait(false);
        if (admission.Instance is not { } instance)
            return;
        try
        {
            client.NoDelay = true;
            using Socket server = await InstanceConnector.ConnectAsync(instance, new IPEndPoint(instance.Address.Address, route.Port), _stop.Token).ConfigureAwait(false);
            if (instance.TrySayUp())
                _master.SayUp(instance.Id, System.Diagnostics.Stopwatch.GetElapsedTime(came));
            await Task.WhenAll(TcpRelay.PumpAsync(client, server, _stop.Token), TcpRelay.PumpAsync(server, client, _stop.Token)).ConfigureAwait(false);
        }
        finally
        {
            service.End(instance);
        }
    }
}
