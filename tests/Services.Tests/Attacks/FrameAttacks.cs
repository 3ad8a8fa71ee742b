// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Threading;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Services.Tests.Attacks;

/// <summary>What comes as frames that no kernel would send, from a thousand addresses. All of it is made from a fixed seed.</summary>
internal static class FrameAttacks
{
    private const int Frames = 20_000;
    private const int Batch = 400;
    private const ushort Port = 80;

    private static readonly MacAddress s_attacker = new(0x02_00_66_66_66_66);

    internal static readonly IReadOnlyDictionary<string, Action<AttackedSite>> All = new Dictionary<string, Action<AttackedSite>>
    {
        ["SYNs from many addresses"] = SynFlood,
        ["segments of no connection"] = site => Flood(site, random => Segment(site, random, (TcpFlags)random.Next(64), random.Next(0, 1400))),
        ["frames of nothing but noise"] = site => Flood(site, random => Noise(random, 14 + random.Next(1486))),
        ["good headers before noise"] = site => Flood(site, random => Net.Testing.Frames.Ipv4(
            s_attacker, site.Station, Anyone(random), site.Address, (IpProtocol)random.Next(256), Noise(random, random.Next(1480)))),
        ["segments with a few bits wrong"] = site => Flood(site, random => Damage(random, Segment(site, random, TcpFlags.Syn, random.Next(100)))),
        ["fragments that never end"] = site => Flood(site, random => Net.Testing.Frames.Fragment(
            s_attacker, site.Station, Anyone(random), site.Address, IpProtocol.Tcp, (ushort)random.Next(64), random.Next(8_000) * 8, random.Next(4) != 0, Noise(random, 8 * random.Next(1, 180)))),
        ["echoes"] = site => Flood(site, random => Net.Testing.Frames.Echo(s_attacker, site.Station, Anyone(random), site.Address, Noise(random, random.Next(1400)))),
        ["neighbours that nobody asked for"] = site => Flood(site, random => Net.Testing.Frames.Arp(
            new MacAddress((ulong)random.NextInt64()), MacAddress.Broadcast, (ArpOperation)random.Next(1, 3), Anyone(random), site.Station, site.Address)),
    };

    private static void SynFlood(AttackedSite site)
    {
        long cookies = site.Metric("tcp_cookies_sent_total");
        Flood(site, random => Segment(site, random, TcpFlags.Syn, 0));
        Assert.InRange(site.Metric("tcp_cookies_sent_total"), cookies + 1, long.MaxValue);
    }

    /// <summary>Sends frames, and sees in between that others are served.</summary>
    private static void Flood(AttackedSite site, Func<Random, byte[]> make)
    {
        Random random = new(1);
        using PacketSocket tap = site.OpenTap();
        long before = site.Metric("net_frames_received_total");
        for (int i = 0; i < Frames; i++)
        {
            tap.Send(make(random));

            // The tap's queue is short: the guest is given the time to take what is in it.
            if (i % Batch == 0) Thread.Sleep(1);
            if (i % (Frames / 5) == 0) site.AssertServes();
        }

        Assert.InRange(site.Metric("net_frames_received_total") - before, Frames / 4, long.MaxValue);
    }

    private static byte[] Segment(AttackedSite site, Random random, TcpFlags flags, int length) => Net.Testing.Frames.Tcp(
        s_attacker,
        site.Station,
        Anyone(random),
        site.Address,
        new TcpTemplate
        {
            SourcePort = (ushort)random.Next(1, 65_536),
            DestinationPort = Port,
            Sequence = (uint)random.NextInt64(),
            Acknowledgment = (uint)random.NextInt64(),
            Flags = flags,
            Window = (ushort)random.Next(65_536),
            MaximumSegmentSize = (ushort)random.Next(65_536),
            WindowScale = (sbyte)random.Next(-1, 15),
            SackPermitted = random.Next(2) == 0,
            Timestamps = random.Next(2) == 0,
            Timestamp = (uint)random.NextInt64(),
            Payload = Noise(random, length),
        });

    /// <summary>An address of 198.18.0.0/15, which is for such tests (RFC 2544).</summary>
    private static Ipv4Address Anyone(Random random) => new(0xC612_0000 | (uint)random.Next(1 << 17));

    private static byte[] Noise(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Damage(Random random, byte[] frame)
    {
        for (int i = random.Next(1, 4); i > 0; i--) frame[random.Next(12, frame.Length)] ^= (byte)(1 << random.Next(8));
        return random.Next(8) == 0 ? frame[..random.Next(14, frame.Length)] : frame;
    }
}
