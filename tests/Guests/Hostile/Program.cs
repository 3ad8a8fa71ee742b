// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Devices;
using Uaas.Platform;
using Uaas.Wire;

/// <summary>
/// A guest that is up to no good: tries to reach the addresses of <c>targets=</c>, the node, and everything by every trick, says what it reached
/// ("reached tcp 10.77.0.2:80"), then floods for the milliseconds of <c>flood=</c>, and waits to be stopped.
/// </summary>
internal static class Program
{
    private const int MaxTargets = 16;
    private const long NanosecondsPerMillisecond = 1_000_000;

    internal static void Main()
    {
        BootArguments arguments = new(Machine.CommandLine);
        NetworkDevice? device = Machine.OpenNetwork(0);
        if (device is null || !arguments.TryGet("ip"u8, out ReadOnlySpan<byte> ip) || !ArgumentValue.TryParsePrefix(ip, out Ipv4Address own, out _)
            || !arguments.TryGet("gw"u8, out ReadOnlySpan<byte> gw) || !ArgumentValue.TryParseAddress(gw, out Ipv4Address gateway))
        {
            Machine.Write("needs a network, ip= and gw=\n"u8);
            Machine.Exit(2);
            return;
        }

        uint[] targets = new uint[MaxTargets];
        int count = arguments.TryGet("targets"u8, out ReadOnlySpan<byte> list) ? ReadTargets(list, targets) : 0;
        Observer observer = new(gateway.Value);
        Attacks attacks = new(device, observer, own.Value, gateway.Value, targets, count);
        attacks.FindStation();
        if (!observer.KnowsStation)
        {
            Machine.Write("the node does not say who it is\n"u8);
            Machine.Exit(3);
        }

        attacks.Run();
        Report("done"u8, attacks, observer);
        if (arguments.TryGet("flood"u8, out ReadOnlySpan<byte> text) && ArgumentValue.TryParseNumber(text, 60_000, out ulong milliseconds))
        {
            Machine.Write("flooding\n"u8);
            attacks.Flood(Machine.Now + (long)milliseconds * NanosecondsPerMillisecond);
            Report("flooded"u8, attacks, observer);
        }

        while (!Machine.StopRequested) attacks.Listen(100 * NanosecondsPerMillisecond);
        Machine.Exit(0);
    }

    private static int ReadTargets(ReadOnlySpan<byte> list, uint[] targets)
    {
        int count = 0;
        while (list.Length > 0 && count < targets.Length)
        {
            int comma = list.IndexOf((byte)',');
            if (ArgumentValue.TryParseAddress(comma < 0 ? list : list[..comma], out Ipv4Address target)) targets[count++] = target.Value;
            list = comma < 0 ? default : list[(comma + 1)..];
        }

        return count;
    }

    private static void Report(ReadOnlySpan<byte> what, Attacks attacks, Observer observer)
    {
        LineBuilder line = new(stackalloc byte[128]);
        line.Append(what);
        line.Append(" sent="u8);
        line.Append(attacks.Sent);
        line.Append(" answers="u8);
        line.Append(observer.Answers);
        line.Append(" reached="u8);
        line.Append(observer.Reached);
        line.EndLine();
        Machine.Write(line.Text);
    }
}
