// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Networking;

/// <summary>
/// Gives the guest of one link its address, for guests that are told it no other way. One link, one lease, one message at a time: nothing that a guest
/// sends makes it keep anything, nor answer anybody else.
/// </summary>
public sealed class DhcpServer : IDisposable
{
    private const int ServerPort = 67;
    private const int ClientPort = 68;
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int BindToDevice = 25; // SO_BINDTODEVICE
    private const int LargestRequest = 1500;

    // A guest that floods its server slows itself down, not the node.
    private static readonly TimeSpan PauseAfterAnswer = TimeSpan.FromMilliseconds(5);

    private readonly Socket _socket;
    private readonly DhcpLease _lease;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    private DhcpServer(Socket socket, DhcpLease lease)
    {
        _socket = socket;
        _lease = lease;
        _serving = Task.Run(ServeAsync);
    }

    /// <summary>Serves a link, in the network namespace of the calling thread.</summary>
    public static DhcpServer Start(InstanceLink link)
    {
        var lease = new DhcpLease(link.EthernetAddress, link.Address, NodeNetwork.NodeAddress, (ushort)link.Mtu);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.SetRawSocketOption(SocketLevel, BindToDevice, Encoding.ASCII.GetBytes(link.Tap.Name));
            socket.Bind(new IPEndPoint(IPAddress.Any, ServerPort));
            return new DhcpServer(socket, lease);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _socket.Dispose();
        _serving.ContinueWith(_ => _stop.Dispose(), TaskScheduler.Default);
    }

    private async Task ServeAsync()
    {
        byte[] request = new byte[LargestRequest];
        byte[] reply = new byte[DhcpExchange.ReplySize];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                int length = await _socket.ReceiveAsync(request, _stop.Token).ConfigureAwait(false);
                int count = DhcpExchange.Answer(request.AsSpan(0, length), _lease, reply, out IPAddress destination);
                if (count == 0)
                    continue;
                await _socket.SendToAsync(reply.AsMemory(0, count), SocketFlags.None, new IPEndPoint(destination, ClientPort), _stop.Token).ConfigureAwait(false);
                await Task.Delay(PauseAfterAnswer, _stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The link is gone, or this is: the loop's condition tells. A message too long, or an answer that cannot go, is as good as lost.
                if (e is SocketException { SocketErrorCode: not (SocketError.MessageSize or SocketError.NetworkUnreachable or SocketError.HostUnreachable) })
                    return;
            }
        }
    }
}
