// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Recording;

/// <summary>Puts segments in the order of their recordings, and of their place in them: heapsort, which needs no memory and has no bad case.</summary>
internal static class SegmentOrder
{
    internal static void Sort(Span<int> segments, ReadOnlySpan<ulong> keys, ReadOnlySpan<uint> sequences)
    {
        for (int root = segments.Length / 2 - 1; root >= 0; root--) Sink(segments, root, keys, sequences);
        for (int end = segments.Length - 1; end > 0; end--)
        {
            (segments[0], segments[end]) = (segments[end], segments[0]);
            Sink(segments[..end], 0, keys, sequences);
        }
    }

    private static void Sink(Span<int> heap, int root, ReadOnlySpan<ulong> keys, ReadOnlySpan<uint> sequences)
    {
        while (true)
        {
            int child = 2 * root + 1;
            if (child >= heap.Length) return;
            if (child + 1 < heap.Length && IsBefore(heap[child], heap[child + 1], keys, sequences)) child++;
            if (!IsBefore(heap[root], heap[child], keys, sequences)) return;
            (heap[root], heap[child]) = (heap[child], heap[root]);
            root = child;
        }
    }

    private static bool IsBefore(int left, int right, ReadOnlySpan<ulong> keys, ReadOnlySpan<uint> sequences) =>
        keys[left] != keys[right] ? keys[left] < keys[right] : sequences[left] != sequences[right] ? sequences[left] < sequences[right] : left < right;
}
