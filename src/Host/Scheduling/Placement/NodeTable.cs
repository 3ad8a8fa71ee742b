// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

namespace Uaas.Scheduling.Placement;

/// <summary>A node, what is set aside on it, and the instances there.</summary>
internal sealed class Node(NodeSpec spec)
{
    internal NodeSpec Spec { get; set; } = spec;

    internal long FreeMemory { get; set; } = spec.Capacity.MemoryBytes;

    internal int FreeCpu { get; set; } = spec.Capacity.CpuMillicores;

    internal List<Instance> Instances { get; } = [];

    /// <summary>Whether it may and can take an instance of a revision.</summary>
    internal bool CanTake(RevisionSpec revision) =>
        Spec.Schedulable && FreeMemory >= revision.Demand.MemoryBytes && FreeCpu >= revision.Demand.CpuMillicores
        && (Spec.Monitors & revision.Monitors) != 0 && Spec.Images?.Contains(revision.Image) != false;
}

/// <summary>The nodes, and an index of what is free on them.</summary>
internal sealed class NodeTable
{
    /// <summary>Greatest number of a node.</summary>
    private const int MaxNumber = 1_000_000;

    private readonly List<Node?> _nodes = [];
    private readonly CapacityTree _free = new();

    /// <summary>One more than the greatest number of a node so far.</summary>
    internal int Bound => _nodes.Count;

    internal Node? Find(NodeId id) => Find(id.Value);

    internal Node? Find(int number) => (uint)number < (uint)_nodes.Count ? _nodes[number] : null;

    internal void Set(NodeSpec spec)
    {
        int number = spec.Id.Value;
        if (number is < 0 or > MaxNumber)
            throw new ArgumentOutOfRangeException(nameof(spec), $"nodes have numbers from 0 to {MaxNumber}");
        while (_nodes.Count <= number)
            _nodes.Add(null);
        if (_nodes[number] is { } node)
        {
            node.FreeMemory += spec.Capacity.MemoryBytes - node.Spec.Capacity.MemoryBytes;
            node.FreeCpu += spec.Capacity.CpuMillicores - node.Spec.Capacity.CpuMillicores;
            node.Spec = spec;
        }
        else
        {
            _nodes[number] = new Node(spec);
        }
        Index(_nodes[number]!);
    }

    internal void Remove(NodeId id)
    {
        _nodes[id.Value] = null;
        _free.Set(id.Value, -1, -1);
    }

    internal void Add(Instance instance)
    {
        Node node = _nodes[instance.Node.Value]!;
        instance.PlaceOnNode = node.Instances.Count;
        node.Instances.Add(instance);
        node.FreeMemory -= instance.Revision.Demand.MemoryBytes;
        node.FreeCpu -= instance.Revision.Demand.CpuMillicores;
        Index(node);
    }

    /// <summary>Gives back what was set aside for an instance; a node that is gone has nothing to get back.</summary>
    internal void Release(Instance instance)
    {
        if (_nodes[instance.Node.Value] is not { } node || instance.PlaceOnNode < 0)
            return;
        Instance last = node.Instances[^1];
        node.Instances[instance.PlaceOnNode] = last;
        last.PlaceOnNode = instance.PlaceOnNode;
        node.Instances.RemoveAt(node.Instances.Count - 1);
        instance.PlaceOnNode = -1;
        node.FreeMemory += instance.Revision.Demand.MemoryBytes;
        node.FreeCpu += instance.Revision.Demand.CpuMillicores;
        Index(node);
    }

    /// <summary>The first node from a number on that can take an instance of a revision, or null.</summary>
    internal Node? FirstFrom(int from, RevisionSpec revision)
    {
        for (int number = _free.Find(from, revision.Demand); number >= 0; number = _free.Find(number + 1, revision.Demand))
        {
            if (_nodes[number]!.CanTake(revision))
                return _nodes[number];
        }
        return null;
    }

    private void Index(Node node)
    {
        bool isOpen = node.Spec.Schedulable;
        _free.Set(node.Spec.Id.Value, isOpen ? node.FreeMemory : -1, isOpen ? node.FreeCpu : -1);
    }
}
