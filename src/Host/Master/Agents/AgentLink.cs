// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Sockets;
using System.Threading;
using Uaas.Master.Control;
using Uaas.Protocol;
using Uaas.Protocol.Agent;

namespace Uaas.Master.Agents;

/// <summary>The connection to the node agent, made anew whenever it breaks.</summary>
/// <param name="path">The agent's socket.</param>
public sealed class AgentLink(string path) : IAgentPort, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private volatile LineConnection? _connection;
    private volatile bool _isDisposed;

    /// <summary>Begins to hear the agent; each event goes to <paramref name="onEvent"/> on one thread.</summary>
    public void Start(Action<AgentEvent> onEvent) => new Thread(() => Run(onEvent), maxStackSize: 1 << 20) { IsBackground = true, Name = "agent" }.Start();

    /// <inheritdoc/>
    public void Send(AgentCommand command) => _connection?.TrySend(AgentLine.Write(command));

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _connection?.Dispose();
    }

    private void Run(Action<AgentEvent> onEvent)
    {
        while (!_isDisposed)
        {
            try
            {
                // The socket is held open by the process that keeps the agent alive: this waits, where the agent is just being started anew.
                using var connection = new LineConnection(LocalSocket.Connect(path), AgentLine.MaxLength);
                _connection = connection;
                while (connection.TryReadLine(out ReadOnlySpan<byte> line) && AgentLine.ReadEvent(line) is { } told)
                    onEvent(told);
            }
            catch (SocketException)
            {
                // Nobody holds the socket: the node is going down, or comes up.
            }
            _connection = null;
            Thread.Sleep(Pause);
        }
    }
}
