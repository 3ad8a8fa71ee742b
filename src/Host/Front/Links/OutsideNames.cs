// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Front.Links;

/// <summary>Asks the process outside the node for names that are no service's. Where no service may leave, there is none to ask.</summary>
/// <param name="path">Its socket.</param>
internal sealed class OutsideNames(string path)
{
    /// <summary>An address for the name that the instance may connect to; null for none.</summary>
    internal async ValueTask<IPAddress?> FindAsync(IPAddress asker, string name, CancellationToken cancellation)
    {
        if (!File.Exists(path))
            return null;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"{asker} {name}\n"), cancellation).ConfigureAwait(false);
            byte[] answer = new byte[64];
            int count = await socket.ReceiveAsync(answer, cancellation).ConfigureAwait(false);
            return IPAddress.TryParse(Encoding.ASCII.GetString(answer, 0, count), out IPAddress? address) ? address : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
