// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Uaas.Linux;
using Uaas.Protocol;

namespace Uaas.Agent.Outside;

/// <summary>Where the process outside is told who may connect where. It may die: what it was told is told to the next one.</summary>
public sealed class OutsideLine : IDisposable
{
    private const int AnswerWithin = 2000; // ms
    private const int Pause = 50; // ms

    private readonly string _socketPath;
    private readonly Socket _listener;
    private readonly object _lock = new(); // waited at, too
    private readonly Dictionary<IPAddress, string> _admitted = [];

    // Changes are counted. A process that has answered the line of one knows all up to it.
    private readonly Queue<long> _unanswered = new();
    private long _changes;
    private long _known;
    private LineConnection? _outside;
    private volatile bool _isDisposed;

    /// <summary>Connects, and does so again as often as the process outside goes.</summary>
    /// <param name="socketPath">Where it is reached.</param>
    /// <param name="listener">Where the connections come in that it is to take; it stays the caller's.</param>
    public OutsideLine(string socketPath, Socket listener)
    {
        _socketPath = socketPath;
        _listener = listener;
        new Thread(Keep, maxStackSize: 256 * 1024) { IsBackground = true, Name = "outside" }.Start();
    }

    /// <summary>Lets an instance out. Returns when the process outside knows that, which may only just start; at the latest after two seconds.</summary>
    public void Admit(IPAddress instance, IReadOnlyList<string> rules)
    {
        lock (_lock)
        {
            string line = $"+ {instance} {string.Join(' ', rules)}\n";
            _admitted[instance] = line;
            Tell(line);
        }
    }

    /// <summary>Lets an instance out no more. Nothing happens where it was not.</summary>
    public void Expel(IPAddress instance)
    {
        lock (_lock)
        {
            // What it had open has died with a process that is not there.
            if (_admitted.Remove(instance) && _outside is not null)
                Tell($"- {instance}\n");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        lock (_lock)
            _outside?.Dispose();
    }

    /// <summary>Tells of a change and waits until it is known: to the process that there is, or to the next one, which is told everything.</summary>
    private void Tell(string line)
    {
        long change = ++_changes;
        if (_outside is not null)
        {
            _unanswered.Enqueue(change);
            _outside.TrySend(Encoding.ASCII.GetBytes(line));
        }
        long deadline = Environment.TickCount64 + AnswerWithin;
        for (long left = AnswerWithin; _known < change && left > 0; left = deadline - Environment.TickCount64)
            Monitor.Wait(_lock, (int)left);
    }

    private void Keep()
    {
        while (!_isDisposed)
        {
            try
            {
                Socket socket = LocalSocket.Connect(_socketPath);
                using var connection = new LineConnection(socket, OutsideServer.MaxLine);
                Serve(socket, connection);
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
            {
                // It is being started anew, or all of this is being stopped.
            }
            Thread.Sleep(Pause);
        }
    }

    private void Serve(Socket socket, LineConnection connection)
    {
        lock (_lock)
        {
            _unanswered.Clear();
            DescriptorPassing.Send(socket, OutsideServer.ListenerMark, _listener.SafeHandle);
            foreach (string line in _admitted.Values)
            {
                connection.TrySend(Encoding.ASCII.GetBytes(line));
                _unanswered.Enqueue(0);
            }
            connection.TrySend([.. OutsideServer.BeginLine, (byte)'\n']);
            _unanswered.Enqueue(_changes);
            _outside = connection;
        }
        while (connection.TryReadLine(out _))
        {
            lock (_lock)
            {
                if (!_unanswered.TryDequeue(out long change))
                    break;
                _known = Math.Max(_known, change);
                Monitor.PulseAll(_lock);
            }
        }
        lock (_lock)
            _outside = null;
    }
}
