// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using Uaas.Instances;
using Uaas.Networking;

namespace Uaas.Agent;

/// <summary>Where instances get their network from.</summary>
public interface IInstanceLinks
{
    /// <summary>Makes the link of the instance with that number, from 0. A connection to its address can be made as soon as this returns.</summary>
    InstanceConnection Connect(int number);
}

/// <summary>An instance's place in the network.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Gateway">The node's address, as the instance sees it.</param>
/// <param name="Attachment">The device to give to the monitor; null where the monitor needs none.</param>
/// <param name="Held">What keeps the link alive on the node's side.</param>
public sealed record InstanceConnection(IPAddress Address, IPAddress Gateway, NetworkAttachment? Attachment, IDisposable? Held) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Held?.Dispose();
}

/// <summary>Links of a node's own network: one tap each.</summary>
/// <param name="network">The network.</param>
/// <param name="options">How each link is made.</param>
public sealed class TapLinks(NodeNetwork network, InstanceLinkOptions options) : IInstanceLinks
{
    /// <summary>Name of the network device in the manifest of every service.</summary>
    public const string DeviceName = "service";

    /// <inheritdoc/>
    public InstanceConnection Connect(int number)
    {
        InstanceLink link = network.AddInstance(number, options);
        var attachment = new NetworkAttachment(DeviceName, link.Tap.Descriptor, link.EthernetAddress.ToString());
        return new InstanceConnection(link.Address, NodeNetwork.NodeAddress, attachment, link);
    }
}
