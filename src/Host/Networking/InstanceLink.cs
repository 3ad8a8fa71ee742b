// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;

namespace Uaas.Networking;

/// <summary>How an instance's link is made.</summary>
/// <param name="Offloads">Whether frames have a virtio header before them; only for a monitor and a guest that agree on it.</param>
/// <param name="Mtu">The largest IP packet, in bytes.</param>
/// <param name="IsKept">Whether the link outlives its instance, to be <see cref="NodeNetwork.Renew">renewed</see> for another.</param>
public readonly record struct InstanceLinkOptions(bool Offloads, int Mtu = 1500, bool IsKept = false);

/// <summary>The link of one instance. Disposing it lets go of the node's hold on the tap.</summary>
/// <param name="Tap">The tap, whose descriptor goes to the monitor.</param>
/// <param name="Address">The instance's address.</param>
/// <param name="EthernetAddress">The Ethernet address that the guest must have.</param>
/// <param name="Mtu">The largest IP packet, in bytes.</param>
public sealed record InstanceLink(Tap Tap, IPAddress Address, EthernetAddress EthernetAddress, int Mtu) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Tap.Dispose();
}
