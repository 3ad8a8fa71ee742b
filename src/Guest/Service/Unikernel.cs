// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Uaas.Boot;
using Uaas.Devices;
using Uaas.Net;
using Uaas.Net.Names;
using Uaas.Platform;
using Uaas.Wire;

namespace Uaas.Service;

/// <summary>Brings a service up and keeps it running: boot arguments, network, and the loop that is the whole scheduler.</summary>
public static class Unikernel
{
    /// <summary>Exit status when the boot arguments or devices are not what the service needs.</summary>
    public const int CannotStart = 2;

    // Beside the service's own: address and prefix, gateway, name server, links, the instance's name, wall-clock time (for platforms without one).
    private static ReadOnlySpan<byte> CommonKeys => "ip gw dns link name time"u8;

    /// <summary>Runs the service until the host asks it to stop and it has drained. Does not return.</summary>
    public static void Run(UnikernelService service)
    {
        BootArguments arguments = new(Machine.CommandLine);
        if (!CheckArguments(arguments, service)) Machine.Exit(CannotStart);
        if (!TryReadAddress(arguments, out NetworkConfiguration? address)) Machine.Exit(CannotStart);
        NetworkDevice? device = Machine.OpenNetwork(0);
        if (device == null)
        {
            Fail("no_network"u8, default, "attach a network device"u8);
            Machine.Exit(CannotStart);
        }

        Span<byte> seed = stackalloc byte[16];
        Machine.FillEntropy(seed);
        NetworkStack network = new(
            device,
            service.Configure(arguments, address),
            BinaryPrimitives.ReadUInt64LittleEndian(seed),
            BinaryPrimitives.ReadUInt64LittleEndian(seed[8..]));
        network.SetTime(Machine.Now);
        service.Turn(Machine.Now);
        if (!service.Start(arguments, network)) Machine.Exit(CannotStart);
        if (!CheckMemory(service.MemoryToCome + network.Tcp.MemoryToCome)) Machine.Exit(CannotStart);
        ReportReady(service, network);
        Loop(service, network);
    }

    private static void Loop(UnikernelService service, NetworkStack network)
    {
        bool draining = false;
        while (true)
        {
            long now = Machine.Now;
            network.SetTime(now);
            service.Turn(now);
            bool more = network.Poll(now);
            if (!draining && (Machine.StopRequested || service.StopRequested))
            {
                draining = true;
                service.BeginDrain();
                continue;
            }

            if (draining && service.IsDrained) Machine.Exit(0);
            long deadline = Math.Min(network.NextDeadline(now), service.NextDeadline);
            if (!more && deadline > now) Machine.Wait(deadline);
        }
    }

    private static bool CheckArguments(BootArguments arguments, UnikernelService service)
    {
        Span<byte> keys = stackalloc byte[256];
        LineBuilder known = new(keys);
        known.Append(CommonKeys);
        known.Append(" "u8);
        known.Append(service.ArgumentKeys);
        ReadOnlySpan<byte> word = arguments.FindUnacceptable(known.Text);
        if (word.IsEmpty) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "bad_argument"u8);
        line.Field("word"u8, word);
        line.Hint("each is key=value, once; known keys: "u8);
        line.Hint(known.Text);
        line.Write();
        return false;
    }

    private static bool TryReadAddress(BootArguments arguments, [NotNullWhen(true)] out NetworkConfiguration? configuration)
    {
        Ipv4Address address = Ipv4Address.Any;
        Ipv4Address gateway = Ipv4Address.Any;
        int prefixLength = 32;
        configuration = null;
        if (arguments.TryGet("ip"u8, out ReadOnlySpan<byte> ip) && !ip.SequenceEqual("dhcp"u8) && !ArgumentValue.TryParsePrefix(ip, out address, out prefixLength))
        {
            Fail("bad_argument"u8, ip, "ip= takes an address with its prefix, as in ip=10.0.0.2/24, or dhcp"u8);
            return false;
        }

        if (arguments.TryGet("gw"u8, out ReadOnlySpan<byte> gw) && !ArgumentValue.TryParseAddress(gw, out gateway))
        {
            Fail("bad_argument"u8, gw, "gw= takes an address, as in gw=10.0.0.1"u8);
            return false;
        }

        Ipv4Address nameServer = Ipv4Address.Any;
        if (arguments.TryGet("dns"u8, out ReadOnlySpan<byte> dns) && !ArgumentValue.TryParseAddress(dns, out nameServer))
        {
            Fail("bad_argument"u8, dns, "dns= takes an address, as in dns=10.0.0.1"u8);
            return false;
        }

        LinkTable links = new();
        if (arguments.TryGet("link"u8, out ReadOnlySpan<byte> link) && !LinkArgument.TryParse(link, links))
        {
            Fail("bad_argument"u8, link, "link= takes PORT:SERVICE:PORT, several with commas, as in link=9000:img:80,9001:api:8080; a port is linked once"u8);
            return false;
        }

        configuration = new NetworkConfiguration { Address = address, PrefixLength = prefixLength, Gateway = gateway, NameServer = nameServer, Links = links };
        return true;
    }

    // What is not there now would be missed only when many clients come at once.
    private static bool CheckMemory(long needed)
    {
        long free = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - GC.GetTotalMemory(false);
        if (needed <= free) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "too_little_memory"u8);
        line.Field("missing_kib"u8, (needed - free + 1023) >> 10);
        line.Hint("give the unikernel more (--mem), or let it serve fewer connections at a time"u8);
        line.Write();
        return false;
    }

    private static void Fail(ReadOnlySpan<byte> name, ReadOnlySpan<byte> word, ReadOnlySpan<byte> hint)
    {
        Log line = Log.Error(stackalloc byte[Log.LineMax], name);
        if (!word.IsEmpty) line.Field("word"u8, word);
        line.Hint(hint);
        line.Write();
    }

    // How long the guest itself took, from its first instruction.
    private static void ReportReady(UnikernelService service, NetworkStack network)
    {
        Log line = Log.Info(stackalloc byte[Log.LineMax], "ready"u8);
        line.Field("service"u8, service.Name);
        line.Field("platform"u8, Machine.Name);
        line.Milliseconds("boot_ms"u8, Machine.Now - Machine.BootTime);
        line.Write();
    }
}
