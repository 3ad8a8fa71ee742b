// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Bench.Machine;
using Uaas.Networking;

namespace Uaas.Bench.Servers;

/// <summary>A node's network as the product makes it, in a namespace of the benchmark's: one held tap and one /32 route an instance.</summary>
internal sealed class GuestNetwork : IDisposable
{
    /// <summary>The largest MTU that a tap takes: 65,535 bytes of frame less the Ethernet header.</summary>
    internal const int LargestMtu = 65521;

    private readonly NodeNetwork _node;
    private int _next;

    internal GuestNetwork(string name)
    {
        Namespace = new NetworkNamespace(name);
        _node = Namespace.Run(NodeNetwork.Prepare);
    }

    /// <summary>The namespace of the node: monitors and clients run in it.</summary>
    internal NetworkNamespace Namespace { get; }

    /// <summary>Makes the link of the next instance.</summary>
    internal InstanceLink AddInstance(bool offloads, int mtu = 1500) => Namespace.Run(() => _node.AddInstance(_next++, new InstanceLinkOptions(offloads, mtu)));

    /// <inheritdoc/>
    public void Dispose()
    {
        Namespace.Run(_node.Dispose);
        Namespace.Dispose();
    }
}
