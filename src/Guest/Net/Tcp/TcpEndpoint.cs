// SPDX-License-Identifier: Apache-2.0

using Uaas.Wire;

namespace Uaas.Net.Tcp;

/// <summary>One end of a connection.</summary>
public readonly struct TcpEndpoint(Ipv4Address address, ushort port)
{
    /// <summary>The host.</summary>
    public Ipv4Address Address { get; } = address;

    /// <summary>The port on it.</summary>
    public ushort Port { get; } = port;
}
