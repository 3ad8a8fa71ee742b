// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net.Tcp;

/// <summary>
/// One deadline for each connection, the earliest first: a binary heap over connection indices. A connection's deadline here may be earlier than its true
/// one: moving it
/// later is left to when it comes, so that the usual segment, which pushes a timeout back, does not touch the heap.
/// </summary>
internal sealed class TimerHeap(int capacity)
{
    private struct Node
    {
        public long Deadline;
        public int Index;
    }

    private readonly Node[] _nodes = new Node[capacity];

    // One more than the place in the heap; 0 for none.
    private readonly int[] _places = new int[capacity];
    private int _count;

    /// <summary>The earliest deadline; <see cref="Nanoseconds.Never"/> when there is none.</summary>
    public long Earliest => _count == 0 ? Nanoseconds.Never : _nodes[0].Deadline;

    /// <summary>Takes the earliest if it is due.</summary>
    public bool TryTakeDue(long now, out int index)
    {
        index = -1;
        if (_count == 0 || _nodes[0].Deadline > now) return false;
        index = _nodes[0].Index;
        Remove(index);
        return true;
    }

    /// <summary>Sees to it that the deadline of <paramref name="index"/> is no later than <paramref name="deadline"/>.</summary>
    public void EnsureBy(int index, long deadline)
    {
        if (deadline == Nanoseconds.Never) return;
        int place = _places[index] - 1;
        if (place >= 0 && _nodes[place].Deadline <= deadline) return;
        if (place < 0) place = _count++;
        Node node = new() { Deadline = deadline, Index = index };
        SiftUp(place, node);
    }

    /// <summary>Forgets a connection.</summary>
    public void Remove(int index)
    {
        int place = _places[index] - 1;
        if (place < 0) return;
        _places[index] = 0;
        Node last = _nodes[--_count];
        if (place == _count) return;
        if (place > 0 && last.Deadline < _nodes[(place - 1) / 2].Deadline) SiftUp(place, last);
        else SiftDown(place, last);
    }

    private void SiftUp(int place, in Node node)
    {
        Node moving = node;
        while (place > 0)
        {
            int parent = (place - 1) / 2;
            if (_nodes[parent].Deadline <= moving.Deadline) break;
            Put(place, _nodes[parent]);
            place = parent;
        }

        Put(place, moving);
    }

    private void SiftDown(int place, in Node node)
    {
        Node moving = node;
        while (true)
        {
            int child = 2 * place + 1;
            if (child >= _count) break;
            if (child + 1 < _count && _nodes[child + 1].Deadline < _nodes[child].Deadline) child++;
            if (_nodes[child].Deadline >= moving.Deadline) break;
            Put(place, _nodes[child]);
            place = child;
        }

        Put(place, moving);
    }

    private void Put(int place, in Node node)
    {
        _nodes[place] = node;
        _places[node.Index] = place + 1;
    }
}
