// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

namespace Uaas.Scheduling.Placement;

/// <summary>
/// Chooses a node for an instance. Spread looks at a few nodes drawn at random and takes the best: the fullest node then is above the mean by about
/// ln ln n / ln k instances (Azar et al., "Balanced Allocations"), which is as good as looking at all, for a thousandth of the work. When a draw finds
/// nothing that fits, the index finds what there is. Pack takes the first node in order that fits, which wastes at most 70% more nodes than the best packing.
/// </summary>
internal sealed class Placer(NodeTable nodes, ulong seed)
{
    /// <summary>So many nodes are looked at one by one: a sample of them would be no cheaper.</summary>
    private const int FewNodes = 16;

    /// <summary>Draws, and nodes that fit among them, that spread is content with.</summary>
    private const int Draws = 12;

    private const int Candidates = 4;

    // Never zero, where xorshift would stay.
    private ulong _random = seed == 0 ? 0x9E3779B97F4A7C15 : seed;

    /// <summary>The node for one more instance, or null when none can take it.</summary>
    /// <param name="revision">What the instance is made of.</param>
    /// <param name="policy">Which node is best.</param>
    /// <param name="siblings">Instances of the same service on each node.</param>
    internal Node? Choose(RevisionSpec revision, PlacementPolicy policy, Dictionary<int, int> siblings)
    {
        if (policy == PlacementPolicy.Pack)
            return nodes.FirstFrom(0, revision);
        if (nodes.Bound <= FewNodes)
            return BestOfAll(revision, siblings);
        return BestOfSample(revision, siblings) ?? Any(revision);
    }

    private Node? BestOfAll(RevisionSpec revision, Dictionary<int, int> siblings)
    {
        Node? best = null;
        for (Node? node = nodes.FirstFrom(0, revision); node is not null; node = nodes.FirstFrom(node.Spec.Id.Value + 1, revision))
        {
            if (best is null || IsBetter(node, best, siblings))
                best = node;
        }
        return best;
    }

    private Node? BestOfSample(RevisionSpec revision, Dictionary<int, int> siblings)
    {
        Node? best = null;
        for (int draw = 0, found = 0; draw < Draws && found < Candidates; draw++)
        {
            if (nodes.Find(Below(nodes.Bound)) is not { } node || !node.CanTake(revision))
                continue;
            found++;
            if (best is null || IsBetter(node, best, siblings))
                best = node;
        }
        return best;
    }

    /// <summary>The first that fits, from a random place on, so that not the same few get all.</summary>
    private Node? Any(RevisionSpec revision) => nodes.FirstFrom(Below(nodes.Bound), revision) ?? nodes.FirstFrom(0, revision);

    /// <summary>Fewer of the same service; then more of what is scarcest there.</summary>
    private static bool IsBetter(Node node, Node other, Dictionary<int, int> siblings)
    {
        int here = siblings.GetValueOrDefault(node.Spec.Id.Value);
        int there = siblings.GetValueOrDefault(other.Spec.Id.Value);
        return here != there ? here < there : FreeShare(node) > FreeShare(other);
    }

    private static double FreeShare(Node node) =>
        Math.Min((double)node.FreeMemory / node.Spec.Capacity.MemoryBytes, (double)node.FreeCpu / node.Spec.Capacity.CpuMillicores);

    private int Below(int bound)
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (int)(((_random >> 32) * (ulong)bound) >> 32);
    }
}
