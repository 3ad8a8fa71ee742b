// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace Uaas.Bench.Servers;

/// <summary>A master that tells every front of one instance and hears what it says: for measuring a front by itself.</summary>
internal sealed class FrontMaster : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _greeting;

    /// <param name="path">Where its socket goes.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="instance">Where its instance listens.</param>
    internal FrontMaster(string path, string service, System.Net.IPEndPoint instance)
    {
        _greeting = Encoding.ASCII.GetBytes(
            $"HELLO version=1 node=bench\nSERVICE name={service} port=80 concurrency=1000 queue=1000 deadline_ms=10000\nINSTANCE id={service}-1 service={service} address={instance} state=ready\nSYNCED\n");
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _ = AcceptAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptAsync().ConfigureAwait(false));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    private async Task ServeAsync(Socket front)
    {
        byte[] heard = new byte[65536];
        using (front)
        {
            try
            {
                await front.SendAsync(_greeting).ConfigureAwait(false);
                while (await front.ReceiveAsync(heard).ConfigureAwait(false) > 0)
                {
                    // The counts matter to no one here.
                }
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
            {
                // nginx has ended.
            }
        }
    }
}
