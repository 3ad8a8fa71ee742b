// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.Net;
using Uaas.Bench.Machine;

namespace Uaas.Bench.Servers;

/// <summary>Two namespaces joined by a veth pair, as a container and its host are.</summary>
internal sealed class VethLink : IDisposable
{
    /// <param name="number">Tells its addresses from other links', from 0.</param>
    /// <param name="mtu">The largest IP packet, in bytes, on both ends.</param>
    internal VethLink(int number, int mtu)
    {
        string mtuText = mtu.ToString(CultureInfo.InvariantCulture);
        string subnet = $"10.78.{number.ToString(CultureInfo.InvariantCulture)}";
        Mtu = mtu;
        ServerAddress = IPAddress.Parse($"{subnet}.2");
        Server = new NetworkNamespace($"veth{number} server");
        Client = new NetworkNamespace($"veth{number} client");
        Client.Ip($"link add veth0 mtu {mtuText} type veth peer name veth1 mtu {mtuText} netns {Server.Id}");
        Client.Ip($"addr add {subnet}.1/24 dev veth0");
        Server.Ip($"addr add {subnet}.2/24 dev veth1");
        Server.Ip("link set veth1 up");
        Client.Ip("link set veth0 up");
    }

    /// <summary>The largest IP packet, in bytes.</summary>
    internal int Mtu { get; }

    /// <summary>The namespace of the server.</summary>
    internal NetworkNamespace Server { get; }

    /// <summary>The namespace of the clients.</summary>
    internal NetworkNamespace Client { get; }

    /// <summary>The server's address.</summary>
    internal IPAddress ServerAddress { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Server.Dispose();
        Client.Dispose();
    }
}
