// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
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
    /// <summary>Further devices, for a guest that declares more than one.</summary>
    public IReadOnlyList<NetworkAttachment> MoreAttachments { get; init; } = [];

    /// <summary>The link behind the first device; null where there is none of the node's own.</summary>
    public InstanceLink? Link { get; init; }

    /// <summary>All devices to give to the monitor.</summary>
    public IReadOnlyList<NetworkAttachment> Attachments => Attachment is null ? [] : [Attachment, .. MoreAttachments];

    /// <inheritdoc/>
    public void Dispose() => Held?.Dispose();
}

/// <summary>Links of a node's own network: one tap for each network device.</summary>
/// <param name="network">The network.</param>
/// <param name="options">How each link is made.</param>
public sealed class TapLinks(NodeNetwork network, InstanceLinkOptions options) : IInstanceLinks
{
    /// <summary>Name of the network device in the manifest of every service of ours.</summary>
    public const string DeviceName = "service";

    /// <summary>Names of the network devices that an instance has. Its address is that of the first.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [DeviceName];

    /// <summary>Whether a DHCP server answers on each link.</summary>
    public bool ServesAddresses { get; init; }

    /// <inheritdoc/>
    public InstanceConnection Connect(int number)
    {
        var held = new HeldLinks();
        try
        {
            InstanceLink first = held.Add(network.AddInstance(number, options), ServesAddresses);
            if (Devices.Count == 0)
                return new InstanceConnection(first.Address, NodeNetwork.NodeAddress, null, held);
            var more = new List<NetworkAttachment>();
            for (int i = 1; i < Devices.Count; i++)
            {
                // From the other end, where no instance's first link is.
                int further = NodeNetwork.MaxInstances - (number * (Devices.Count - 1) + i);
                more.Add(Attach(Devices[i], held.Add(network.AddInstance(further, options), ServesAddresses)));
            }
            return new InstanceConnection(first.Address, NodeNetwork.NodeAddress, Attach(Devices[0], first), held) { MoreAttachments = more, Link = first };
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static NetworkAttachment Attach(string device, InstanceLink link) => new(device, link.Tap.Descriptor, link.EthernetAddress.ToString());

    /// <summary>What keeps an instance's links alive.</summary>
    private sealed class HeldLinks : IDisposable
    {
        private readonly List<IDisposable> _held = [];

        internal InstanceLink Add(InstanceLink link, bool servesAddresses)
        {
            _held.Add(link);
            if (servesAddresses)
                _held.Add(DhcpServer.Start(link));
            return link;
        }

        public void Dispose() => _held.ForEach(held => held.Dispose());
    }
}
