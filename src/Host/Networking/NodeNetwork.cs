// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net;
using System.Threading;
using Uaas.Linux;

namespace Uaas.Networking;

/// <summary>
/// The network of a node: a network namespace of its own, the node's address on its loopback link, and for each instance one tap with one /32
/// route. There is no bridge (a Linux bridge ends at 1,024 ports) and no forwarding, so instances reach the node and nothing else. The
/// kernel takes all of it away with the namespace's last process.
/// </summary>
public sealed class NodeNetwork : IDisposable
{
    /// <summary>The most instances a node's address range has room for.</summary>
    public const int MaxInstances = 65_000;

    private const int LoopbackIndex = 1;
    private const uint FirstAddress = 0x0a4d_0001;

    private static readonly TimeSpan RunningWithin = TimeSpan.FromSeconds(2);

    private readonly NetlinkSocket _netlink = NetlinkSocket.ForRoutes();
    private readonly LinkMonitor _monitor = new();
    private readonly Lock _lock = new();

    private NodeNetwork()
    {
    }

    /// <summary>The node's address as its instances see it: their gateway.</summary>
    public static IPAddress NodeAddress { get; } = Address(FirstAddress);

    /// <summary>The network namespace that the process lives in; equal strings, same namespace.</summary>
    public static string CurrentNamespace() =>
        File.ResolveLinkTarget("/proc/self/ns/net", returnFinalTarget: false)?.Name ?? throw new IOException("/proc/self/ns/net is not there");

    /// <summary>Prepares the namespace that this process lives in, which must be a fresh one.</summary>
    /// <exception cref="UaasException">No privilege over the namespace.</exception>
    public static NodeNetwork Prepare()
    {
        // The kernel's own chatter on a link (router and neighbour solicitations) would wake idle guests.
        SetKernelOption("ipv6/conf/default/disable_ipv6", "1");
        SetKernelOption("ipv4/conf/all/rp_filter", "1");
        SetKernelOption("ipv4/conf/all/accept_source_route", "0");
        SetKernelOption("ipv4/conf/all/send_redirects", "0");
        SetKernelOption("ipv4/conf/default/send_redirects", "0");
        SetKernelOption("ipv4/ip_forward", "0");
        var network = new NodeNetwork();
        try
        {
            RouteBatch batch = network._netlink.NewRouteBatch();
            batch.SetUp(LoopbackIndex, mtu: 0);
            batch.AddAddress(LoopbackIndex, NodeAddress);
            network._netlink.Execute(batch);
            return network;
        }
        catch (SystemCallException e) when (e.Error == Errno.NotPermitted)
        {
            network.Dispose();
            throw new UaasException(Failure.Privilege, "no privilege to set up the node's network (CAP_NET_ADMIN is missing)", "run as root (sudo)", e);
        }
    }

    /// <summary>
    /// Makes the link of the instance with that number, from 0. When this returns, a connection to the instance's address can be made at once:
    /// frames wait in the tap until the guest reads them.
    /// </summary>
    /// <exception cref="UaasException">No tap can be made.</exception>
    /// <exception cref="SystemCallException">The kernel refuses the address, the route or the neighbour.</exception>
    public InstanceLink AddInstance(int number, InstanceLinkOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, MaxInstances);
        IPAddress address = Address(FirstAddress + 1 + (uint)number);
        EthernetAddress ethernet = EthernetAddress.For(address);
        var tap = Tap.Create(options.Offloads);
        try
        {
            if (options.IsKept)
                tap.Keep();
            lock (_lock)
            {
                RouteBatch batch = _netlink.NewRouteBatch();
                batch.SetUp(tap.Index, options.Mtu);
                batch.AddHostRoute(tap.Index, address, NodeAddress);
                batch.AddNeighbour(tap.Index, address, ethernet);
                _netlink.Execute(batch);
                _monitor.WaitRunning(tap.Index, RunningWithin);
            }
            return new InstanceLink(tap, address, ethernet, options.Mtu);
        }
        catch
        {
            tap.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes an instance's link ready for another instance at the same address. All others who held the tap must have closed it. When this returns, a
    /// connection can be made, and nothing is left of the last instance's frames.
    /// </summary>
    /// <exception cref="UaasException">The tap cannot be taken again.</exception>
    /// <exception cref="SystemCallException">The link does not come up.</exception>
    public InstanceLink Renew(InstanceLink link, bool offloads)
    {
        lock (_lock)
        {
            Tap tap = link.Tap.Reopen(offloads);
            _monitor.WaitRunningAgain(tap.Index, RunningWithin);
            return link with { Tap = tap };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _netlink.Dispose();
        _monitor.Dispose();
    }

    private static IPAddress Address(uint value) => new([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);

    /// <summary>Sets an option below /proc/sys/net of the calling thread's network namespace.</summary>
    internal static void SetKernelOption(string name, string value)
    {
        string path = $"/proc/sys/net/{name}";
        try
        {
            File.WriteAllText(path, value);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // A kernel without IPv6 needs no telling.
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            if (!File.ReadAllText(path).Trim().Equals(value, StringComparison.Ordinal))
                throw new UaasException(Failure.Privilege, $"cannot set {path} to {value}: {e.Message}", "run as root (sudo), with /proc/sys writable", e);
        }
    }
}
