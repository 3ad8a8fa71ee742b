// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>Why a connection is no more.</summary>
public enum TcpCloseReason
{
    /// <summary>Both sides closed in order.</summary>
    Finished,

    /// <summary>The peer sent RST.</summary>
    ResetByPeer,

    /// <summary>This side called <see cref="TcpConnection.Abort"/>.</summary>
    Aborted,

    /// <summary>Retransmissions, keep-alives or zero-window probes went unanswered.</summary>
    TimedOut,

    /// <summary>An active open was refused (RST in answer to SYN).</summary>
    Refused,
}

/// <summary>Why a connection that was asked for by name never came to be.</summary>
public enum ConnectFailure
{
    /// <summary>There is no such name.</summary>
    NoSuchName,

    /// <summary>The name server refused: the link is not declared, or the service does not boot.</summary>
    Refused,

    /// <summary>The name server did not answer in time.</summary>
    NameTimedOut,

    /// <summary>All connections of this side are in use, or no port is free for that destination.</summary>
    NoRoom,
}

/// <summary>
/// What an application does with one connection. TCP owns no send buffer: the application keeps what it sends until it is acknowledged,
/// and writes it straight into the outgoing frame when asked, again if a segment was lost.
/// All calls come from the one thread of the guest; calling back into the connection from within them is allowed.
/// </summary>
public abstract class TcpHandler
{
    /// <summary>The connection is open: for a listener, the handshake is complete; for an active open, the peer has answered.</summary>
    public abstract void Established(TcpConnection connection);

    /// <summary>
    /// Bytes arrived in order. Returns how many are consumed, 0 to data.Length. The rest stays in the connection's bounded receive buffer, closes the
    /// window as it fills, and is offered again, in one piece with what followed, when more arrives or on <see cref="TcpConnection.ResumeReceive"/>.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="data">The bytes; lent for the call.</param>
    public abstract int Receive(TcpConnection connection, ReadOnlySpan<byte> data);

    /// <summary>
    /// Writes bytes [offset, offset + destination.Length) of the outgoing stream to <paramref name="destination"/>; the first byte of the connection is
    /// offset 0. Only asked for what was offered and is not yet acknowledged. Returns how many bytes were written: fewer, even 0, when the rest is not at
    /// hand yet (call <see cref="TcpConnection.ResumeSend"/> when it is). The same bytes must be given each time.
    /// </summary>
    public abstract int Supply(TcpConnection connection, long offset, Span<byte> destination);

    /// <summary>Everything below <paramref name="offset"/> has reached the peer and will not be asked for again.</summary>
    public abstract void Acknowledged(TcpConnection connection, long offset);

    /// <summary>The peer has sent its last byte (FIN). This side may go on sending.</summary>
    public abstract void PeerFinished(TcpConnection connection);

    /// <summary>The deadline set by <see cref="TcpConnection.SetTimer"/> has come. It is not repeated.</summary>
    public abstract void TimerFired(TcpConnection connection);

    /// <summary>The connection is no more; the last call for it. The connection object may be used for another peer from now on.</summary>
    public abstract void Closed(TcpConnection connection, TcpCloseReason reason);

    /// <summary>A connection that was asked for by <see cref="Names.Dialer"/> never came to be: there has been no other call for it, and none comes.</summary>
    public virtual void CannotConnect(ConnectFailure failure)
    {
    }
}

/// <summary>Gives each new connection on a port its handler.</summary>
public abstract class TcpListener
{
    /// <summary>
    /// Called when a handshake completes. Returns the handler that serves the connection from now on (its <see cref="TcpHandler.Established"/> comes next),
    /// or null to refuse it with RST.
    /// </summary>
    public abstract TcpHandler? Accept(TcpConnection connection);
}
