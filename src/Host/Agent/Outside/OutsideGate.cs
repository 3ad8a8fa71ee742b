// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Uaas.Linux;
using Uaas.Networking;
using Uaas.Protocol;

namespace Uaas.Agent.Outside;

/// <summary>
/// The node's end of the way out: a socket in the node's network that takes connections to every address, and the line on which the process outside is told
/// who may connect where. That process may die: what it was told is told to the next one.
/// </summary>
/// <param name="socketPath">Where the process outside is reached; to connect starts it.</param>
public sealed class OutsideGate(string socketPath) : IDisposable
{
    private const int TransparentOption = 19; // IP_TRANSPARENT
    private const int Backlog = 512;

    private static readonly TimeSpan s_ackWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, string> _admitted = [];
    private readonly Queue<ManualResetEventSlim> _unanswered = new();
    private Socket? _listener;
    private LineConnection? _outside;
    private volatile bool _isDisposed;

    /// <summary>Opens the way out, once: for the first service that has one.</summary>
    /// <exception cref="UaasException">The kernel cannot hand connections on.</exception>
    public void Open()
    {
        lock (_lock)
        {
            if (_listener is not null)
                return;
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
            new Thread(Keep, maxStackSize: 256 * 1024) { IsBackground = true, Name = "outside" }.Start();
        }
    }

    /// <summary>An instance is about to be started that may connect to these networks. It can as soon as this returns.</summary>
    public void Admit(IPAddress instance, IReadOnlyList<string> rules)
    {
        if (rules.Count == 0)
            return;
        Open();
        Tell(instance, $"+ {instance} {string.Join(' ', rules)}\n");
    }

    /// <summary>It has ended. Nothing happens where it had no way out.</summary>
    public void Expel(IPAddress instance)
    {
        lock (_lock)
        {
            if (!_admitted.ContainsKey(instance))
                return;
        }
        Tell(instance, null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        lock (_lock)
        {
            _outside?.Dispose();
            _listener?.Dispose();
        }
    }

    private void Tell(IPAddress instance, string? line)
    {
        using var answered = new ManualResetEventSlim();
        lock (_lock)
        {
            if (line is null)
                _admitted.Remove(instance);
            else
                _admitted[instance] = line;
            if (_outside is null)
                return;
            _unanswered.Enqueue(answered);
            if (!_outside.TrySend(Encoding.ASCII.GetBytes(line ?? $"- {instance}\n")))
                return;
        }

        // Where no answer comes, that process has died; the next one is told everything.
        answered.Wait(s_ackWithin);
        lock (_lock)
            Forget(answered);
    }

    private void Forget(ManualResetEventSlim waiter)
    {
        ManualResetEventSlim[] rest = [.. _unanswered];
        if (Array.IndexOf(rest, waiter) < 0)
            return;
        _unanswered.Clear();
        foreach (ManualResetEventSlim other in rest)
        {
            if (other != waiter)
                _unanswered.Enqueue(other);
        }
    }

    private void Keep()
    {
        while (!_isDisposed)
        {
            try
            {
                Socket socket = LocalSocket.Connect(socketPath);
                using var connection = new LineConnection(socket, OutsideServer.MaxLine);
                Serve(socket, connection);
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
            {
                // It is being started anew, or all of this is being stopped.
            }
            Thread.Sleep(s_pause);
        }
    }

    private void Serve(Socket socket, LineConnection connection)
    {
        int unread;
        lock (_lock)
        {
            DescriptorPassing.Send(socket, OutsideServer.ListenerMark, _listener!.SafeHandle);
            foreach (string line in _admitted.Values)
                connection.TrySend(Encoding.ASCII.GetBytes(line));
            connection.TrySend([.. OutsideServer.BeginLine, (byte)'\n']);
            unread = _admitted.Count + 1;
            _outside = connection;
        }
        while (connection.TryReadLine(out _))
        {
            if (unread-- > 0)
                continue;
            lock (_lock)
            {
                if (_unanswered.TryDequeue(out ManualResetEventSlim? waiter))
                    waiter.Set();
            }
        }
        lock (_lock)
        {
            _outside = null;
            _unanswered.Clear();
        }
    }
}
