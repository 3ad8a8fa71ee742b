// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Uaas.Linux;
using Uaas.Networking;

namespace Uaas.Agent.Outside;

/// <summary>The node's end of the way out: a socket in the node's network that takes connections to every address, and the line on which the process outside gets it and is told who may connect where.</summary>
/// <param name="socketPath">Where the process outside is reached; to connect starts it.</param>
public sealed class OutsideGate(string socketPath) : IDisposable
{
    private const int TransparentOption = 19; // IP_TRANSPARENT
    private const int Backlog = 512;

    private readonly Lock _lock = new();
    private Socket? _listener;
    private OutsideLine? _line;

    /// <summary>Opens the way out, once: for the first service that has one.</summary>
    /// <exception cref="UaasException">The kernel cannot hand connections on.</exception>
    public void Open() => OpenLine();

    /// <summary>An instance is about to be started that may connect to these networks, and ask for names in them. It can as soon as this returns.</summary>
    /// <exception cref="UaasException">The kernel cannot hand connections on.</exception>
    public void Admit(IPAddress instance, IReadOnlyList<string> rules)
    {
        if (rules.Count > 0)
            OpenLine().Admit(instance, rules);
    }

    /// <summary>It has ended. Nothing happens where it had no way out.</summary>
    public void Expel(IPAddress instance)
    {
        OutsideLine? line;
        lock (_lock)
            line = _line;
        line?.Expel(instance);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _line?.Dispose();
            _listener?.Dispose();
        }
    }

    private OutsideLine OpenLine()
    {
        lock (_lock)
        {
            if (_line is not null)
                return _line;
            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                listener.SetRawSocketOption(0, TransparentOption, BitConverter.GetBytes(1));
                listener.Bind(new IPEndPoint(IPAddress.Any, 0));
                listener.Listen(Backlog);
                LinkFirewall.OpenOutside((ushort)((IPEndPoint)listener.LocalEndPoint!).Port);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                listener.Dispose();
                throw new UaasException(Failure.Privilege, $"egress cannot be opened: {e.Message}", "use a kernel with nf_tables and its tproxy (modprobe nft_tproxy)", e);
            }
            _listener = listener;
            return _line = new OutsideLine(socketPath, listener);
        }
    }
}
