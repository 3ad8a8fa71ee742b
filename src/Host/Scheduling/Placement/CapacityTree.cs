// SPDX-License-Identifier: Apache-2.0

using System;
using System.Numerics;

namespace Uaas.Scheduling.Placement;

/// <summary>
/// A complete binary tree over the nodes that knows, for each range of them, the most memory and the most processor time that any has free. A range where
/// either is too little is skipped whole: the first node that can take a demand is found in about log2(nodes) steps, and that there is none in one.
/// </summary>
internal sealed class CapacityTree
{
    private const int Nothing = -1;

    private long[] _memory = [Nothing, Nothing];
    private int[] _cpu = [Nothing, Nothing];
    private int _leaves = 1;

    /// <summary>Sets what a node has free; negative: it takes nothing.</summary>
    internal void Set(int node, long memory, int cpu)
    {
        if (node >= _leaves)
            Grow(node);
        int i = _leaves + node;
        _memory[i] = memory;
        _cpu[i] = cpu;
        for (i >>= 1; i != 0; i >>= 1)
        {
            long mostMemory = Math.Max(_memory[2 * i], _memory[(2 * i) + 1]);
            int mostCpu = Math.Max(_cpu[2 * i], _cpu[(2 * i) + 1]);
            if (_memory[i] == mostMemory && _cpu[i] == mostCpu)
                return;
            _memory[i] = mostMemory;
            _cpu[i] = mostCpu;
        }
    }

    /// <summary>The first node from <paramref name="from"/> on with so much free; -1 for none.</summary>
    internal int Find(int from, ResourceDemand demand)
    {
        if (from >= _leaves)
            return -1;
        int i = _leaves + from;
        while (true)
        {
            if (_memory[i] >= demand.MemoryBytes && _cpu[i] >= demand.CpuMillicores)
            {
                if (i >= _leaves)
                    return i - _leaves;
                i *= 2;
                continue;
            }

            // The next range to the right: up for as long as this is a right half, then across.
            while ((i & 1) != 0)
                i >>= 1;
            if (i == 0)
                return -1;
            i++;
        }
    }

    private void Grow(int node)
    {
        int leaves = (int)BitOperations.RoundUpToPowerOf2((uint)node + 1);
        long[] memory = new long[2 * leaves];
        int[] cpu = new int[2 * leaves];
        Array.Fill(memory, Nothing);
        Array.Fill(cpu, Nothing);
        Array.Copy(_memory, _leaves, memory, leaves, _leaves);
        Array.Copy(_cpu, _leaves, cpu, leaves, _leaves);
        for (int i = leaves - 1; i > 0; i--)
        {
            memory[i] = Math.Max(memory[2 * i], memory[(2 * i) + 1]);
            cpu[i] = Math.Max(cpu[2 * i], cpu[(2 * i) + 1]);
        }
        (_memory, _cpu, _leaves) = (memory, cpu, leaves);
    }
}
