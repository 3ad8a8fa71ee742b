// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Sockets;
using Uaas.Master.Control;
using Uaas.Protocol;
using Uaas.Protocol.Front;

namespace Uaas.Master.Fronts;

/// <summary>Where fronts connect (docs/front-protocol.md). Each has a thread that hears it; the control loop does what it asks on that thread.</summary>
public sealed class FrontHub : IDisposable
{
    private const int MaxFronts = 64;

    private readonly ControlLoop _control;
    private readonly LineListener _listener;

    /// <param name="listener">The listening socket.</param>
    /// <param name="control">Who does what fronts ask.</param>
    public FrontHub(Socket listener, ControlLoop control)
    {
        _control = control;
        _listener = new LineListener(listener, FrontLine.MaxLength, MaxFronts, Serve);
    }

    /// <summary>Begins to accept fronts.</summary>
    public void Start() => _listener.Start();

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Serve(LineConnection connection)
    {
        FrontSession? session = null;
        try
        {
            if (!connection.TryReadLine(out ReadOnlySpan<byte> first))
                return;
            FrontLine hello = FrontLine.Parse(first);
            if (hello.Kind != "HELLO" || hello.Number("version") != FrontLine.Version)
                return;
            session = new FrontSession(hello.Text("front"), line => connection.TrySend(line));
            _control.OnFront(session);
            while (connection.TryReadLine(out ReadOnlySpan<byte> line))
                _control.OnFrontLine(session, FrontLine.Parse(line));
        }
        catch (FormatException)
        {
            // A front that does not keep to the protocol is cut off, as the document says.
        }
        finally
        {
            if (session is not null)
                _control.OnFrontGone(session);
        }
    }
}
