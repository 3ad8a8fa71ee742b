// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Devices;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Net.Tests.Simulation;

/// <summary>How bad a link is.</summary>
internal sealed record LinkFaults
{
    public double Loss { get; init; }

    public double Duplication { get; init; }

    /// <summary>Part of frames that are held back and so overtaken.</summary>
    public double Reordering { get; init; }

    public long Delay { get; init; } = Nanoseconds.PerMillisecond;

    /// <summary>Bytes per second; 0 for no limit.</summary>
    public long Rate { get; init; }

    /// <summary>Frames that wait at most where the rate is limited; more are lost.</summary>
    public int Queue { get; init; } = 100;
}

/// <summary>
/// Two stacks on one link, in simulated time. All chance comes from one seed. Frames that a device would cut are cut here, and checksums completed, so that
/// the receiving
/// stack checks everything.
/// </summary>
internal sealed class SimulatedNetwork
{
    private readonly Random _random;
    private readonly LinkFaults _faults;
    private readonly PriorityQueue<(int To, byte[] Frame), (long At, long Order)> _wire = new();
    private readonly long[] _busyUntil = new long[2];
    private long _order;

    public SimulatedNetwork(int seed, LinkFaults faults, NetworkConfiguration first, NetworkConfiguration second, NetworkOffloads offloads = NetworkOffloads.None)
    {
        _random = new Random(seed);
        _faults = faults;
        Devices = [new MemoryDevice(new MacAddress(0x02_0000_0000_01), offloads), new MemoryDevice(new MacAddress(0x02_0000_0000_02), offloads)];
        Stacks = [new NetworkStack(Devices[0], first, (ulong)seed, 1), new NetworkStack(Devices[1], second, (ulong)seed, 2)];
    }

    public MemoryDevice[] Devices { get; }

    public NetworkStack[] Stacks { get; }

    public long Now { get; private set; } = Nanoseconds.PerSecond;

    /// <summary>Runs until something holds; false when time is up first.</summary>
    public bool Until(Func<bool> condition, long limit)
    {
        long end = Now + limit;
        while (!condition())
        {
            for (int i = 0; i < 2; i++) PollStack(i);
            if (condition()) return true;
            long next = Math.Min(Stacks[0].NextDeadline(Now), Stacks[1].NextDeadline(Now));
            if (_wire.TryPeek(out _, out (long At, long Order) priority)) next = Math.Min(next, priority.At);
            if (next > end) return false;
            Now = Math.Max(Now, next);
            Deliver();
        }

        return true;
    }

    private void PollStack(int index)
    {
        for (int polls = 0; Stacks[index].Poll(Now); polls++) Assert(polls < 10_000, "the stack never comes to rest");
        while (Devices[index].Sent.TryDequeue(out SentFrame? sent))
        {
            foreach (byte[] frame in Segmenter.Complete(sent)) Send(1 - index, frame);
        }
    }

    private void Send(int to, byte[] frame)
    {
        long at = Now + _faults.Delay;
        if (_faults.Rate > 0)
        {
            long time = frame.Length * Nanoseconds.PerSecond / _faults.Rate;
            if (_busyUntil[to] > Now + time * _faults.Queue) return;
            _busyUntil[to] = Math.Max(_busyUntil[to], Now) + time;
            at = _busyUntil[to] + _faults.Delay;
        }

        if (_random.NextDouble() < _faults.Loss) return;
        if (_random.NextDouble() < _faults.Reordering) at += _random.NextInt64(3 * _faults.Delay + 1);
        _wire.Enqueue((to, frame), (at, _order++));
        if (_random.NextDouble() < _faults.Duplication) _wire.Enqueue((to, frame), (at + _random.NextInt64(_faults.Delay + 1), _order++));
    }

    private void Deliver()
    {
        while (_wire.TryPeek(out (int To, byte[] Frame) item, out (long At, long Order) priority) && priority.At <= Now)
        {
            _wire.Dequeue();
            Devices[item.To].Arrive(item.Frame);
        }
    }

    private static void Assert(bool condition, string message) => Xunit.Assert.True(condition, message);
}
