// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Text;
using System.Threading;
using Uaas.Linux;

namespace Uaas.Networking;

/// <summary>What a link leads to: a port of the instances of a service.</summary>
/// <param name="Service">The service's number on this node, from 1.</param>
/// <param name="Port">The port.</param>
public readonly record struct LinkTarget(uint Service, ushort Port);

/// <summary>
/// The node's packet filter. Between instances passes what a declared link allows, straight from tap to tap, and nothing else; from an instance to the
/// node pass answers, and questions to its name and address servers. The filter looks at each packet by itself (there is no table of connections to
/// fill up): a linked instance may answer, not connect back. That a packet's source is the instance's own is the routes' to check (rp_filter), where it leads
/// somewhere; where it does not, the kernel would tell the source before it looks at that, and so the filter looks.
/// </summary>
public sealed class LinkFirewall : IDisposable
{
    /// <summary>The program that sets the filter up.</summary>
    public const string Program = "/usr/sbin/nft";

    private const int MaxAnswer = 4096;

    // Marks packets that go to the way out. Marks of services are small numbers, and only of what is forwarded.
    private const uint OutsideMark = 0x7561_6173;
    private const byte OutsideTable = 100;
    private const int LoopbackIndex = 1;

    private static readonly string Rules = $$"""
        table ip {{FilterBatch.Table}} {
            map {{FilterBatch.Members}} { type ipv4_addr : mark; size 65536; }
            set {{FilterBatch.Outbound}} { type ipv4_addr; size 65536; }
            set {{FilterBatch.Links}} { type ipv4_addr . mark . inet_service; size 1048576; }
            chain arriving {
                type filter hook prerouting priority raw; policy accept;
                iifname "uaas*" ip daddr != {{NodeNetwork.NodeAddress}} fib saddr . iif oif missing drop
            }
            chain forward {
                type filter hook forward priority filter; policy drop;
                ip protocol != tcp drop
                meta mark set ip daddr map @{{FilterBatch.Members}} ip saddr . meta mark . tcp dport @{{FilterBatch.Links}} accept
                tcp flags & (syn | ack) == syn drop
                meta mark set ip saddr map @{{FilterBatch.Members}} ip daddr . meta mark . tcp sport @{{FilterBatch.Links}} accept
            }
            chain input {
                type filter hook input priority filter; policy accept;
                iifname != "uaas*" accept
                meta mark {{OutsideMark}} accept
                tcp flags & (syn | ack) == syn drop
                ip protocol tcp accept
                udp dport { 53, 67 } accept
                icmp type { echo-request, echo-reply, destination-unreachable } accept
                drop
            }
        }
        """;

    private static readonly System.Text.CompositeFormat OutsideRules = System.Text.CompositeFormat.Parse($$$$"""
        table ip {{{{FilterBatch.Table}}}} {{
            chain outside {{
                type filter hook prerouting priority mangle; policy accept;
                iifname != "uaas*" accept
                ip daddr {{ 10.77.0.0/16, 127.0.0.0/8, 224.0.0.0/4, 240.0.0.0/4 }} accept
                meta l4proto tcp ip saddr @{{{{FilterBatch.Outbound}}}} meta mark set {{{{OutsideMark}}}} tproxy to :{0} accept
            }}
        }}
        """);

    private readonly NetlinkSocket _netlink = NetlinkSocket.ForFilter();
    private readonly Lock _lock = new();

    private LinkFirewall()
    {
    }

    /// <summary>Sets up the filter in the network namespace that the calling thread lives in, and has the kernel forward what it lets pass.</summary>
    /// <exception cref="UaasException">There is no nft(8), or the kernel refuses.</exception>
    public static LinkFirewall Install()
    {
        Load(Rules);
        NodeNetwork.SetKernelOption("ipv4/ip_forward", "1");
        return new LinkFirewall();
    }

    /// <summary>Enters an instance: it is one of its service from now on, and may use its links.</summary>
    /// <param name="instance">Its address, which is not entered yet.</param>
    /// <param name="service">The number of its service, from 1.</param>
    /// <param name="links">Where its links lead.</param>
    /// <param name="mayLeave">Whether its connections to the outside go to the socket that <see cref="OpenOutside"/> named.</param>
    /// <exception cref="SystemCallException">The kernel refuses; then nothing has changed.</exception>
    public void Admit(IPAddress instance, uint service, IReadOnlyList<LinkTarget> links, bool mayLeave = false) => Change(add: true, instance, service, links, mayLeave);

    /// <summary>Strikes out an instance, with what it was admitted with: its packets go nowhere, and none reach it from another.</summary>
    /// <exception cref="SystemCallException">The kernel refuses; then nothing has changed.</exception>
    public void Expel(IPAddress instance, uint service, IReadOnlyList<LinkTarget> links, bool mayLeave = false) => Change(add: false, instance, service, links, mayLeave);

    /// <summary>
    /// Has connections of instances that may leave, to whatever address, go to the transparent socket that listens on <paramref name="port"/> in this
    /// namespace: it sees where each was to go. There is no table of connections for it.
    /// </summary>
    /// <exception cref="UaasException">The kernel cannot do so.</exception>
    /// <exception cref="SystemCallException">It refuses the route.</exception>
    public static void OpenOutside(ushort port)
    {
        using var routes = NetlinkSocket.ForRoutes();
        RouteBatch batch = routes.NewRouteBatch();
        batch.AddRule(OutsideMark, OutsideTable);
        batch.AddLocalRoute(LoopbackIndex, OutsideTable);
        routes.Execute(batch);
        Load(string.Format(System.Globalization.CultureInfo.InvariantCulture, OutsideRules, port));
    }

    /// <inheritdoc/>
    public void Dispose() => _netlink.Dispose();

    private void Change(bool add, IPAddress instance, uint service, IReadOnlyList<LinkTarget> links, bool mayLeave)
    {
        ArgumentOutOfRangeException.ThrowIfZero(service);
        lock (_lock)
        {
            FilterBatch batch = _netlink.NewFilterBatch();
            batch.ChangeMember(add, instance, service);
            batch.ChangeLinks(add, instance, links);
            if (mayLeave)
                batch.ChangeOutbound(add, instance);
            batch.Commit();
            _netlink.Execute(batch);
        }
    }

    private static void Load(string rules)
    {
        // Not by .NET's Process: where that is used in the first process of a PID namespace, it takes the ends of all children for itself.
        try
        {
            using var file = UnnamedFile.Create(Path.GetTempPath());
            RandomAccess.Write(file.Descriptor, Encoding.UTF8.GetBytes(rules), 0);
            using var output = new Pipe();
            using var nft = ChildProcess.Start(new ChildProcessStart { Program = Program, Arguments = ["-f", file.Path], Inherited = [file.Descriptor], Output = output.WriteEnd });
            ProcessExit exit = nft.Exited.GetAwaiter().GetResult();
            if (exit.ShellCode == 0)
                return;
            byte[] said = new byte[MaxAnswer];
            int length = Math.Max(0, Pipe.Read(output.ReadEnd, said));
            throw new UaasException(Failure.Privilege, $"the kernel refuses the node's packet filter: {Encoding.UTF8.GetString(said, 0, length).Trim()}", "load the kernel modules (modprobe -a nf_tables nft_fib_ipv4); run as root (sudo)");
        }
        catch (SystemCallException e)
        {
            throw new UaasException(Failure.Privilege, $"{Program} cannot be run: links between instances need it", "install it: apt-get install nftables", e);
        }
    }
}
