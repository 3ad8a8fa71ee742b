// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net.Tcp;

/// <summary>States of a connection (RFC 9293, 3.3.2). LISTEN is a listener's, not a connection's.</summary>
public enum TcpState : byte
{
    /// <summary>No connection.</summary>
    Closed,

    /// <summary>SYN sent, awaiting the peer's.</summary>
    SynSent,

    /// <summary>Both SYNs seen, awaiting the acknowledgment of ours.</summary>
    SynReceived,

    /// <summary>Open.</summary>
    Established,

    /// <summary>Our FIN is sent, not yet acknowledged.</summary>
    FinWait1,

    /// <summary>Our FIN is acknowledged; the peer may go on sending.</summary>
    FinWait2,

    /// <summary>The peer has finished; we may go on sending.</summary>
    CloseWait,

    /// <summary>Both have finished, our FIN is not yet acknowledged.</summary>
    Closing,

    /// <summary>The peer had finished, our FIN is sent.</summary>
    LastAck,

    /// <summary>Over; kept so that stragglers do no harm.</summary>
    TimeWait,
}
