// SPDX-License-Identifier: Apache-2.0

using Internal.Runtime;

namespace System;

/// <summary>Here nothing is collected: what `new` took from the heap is held for good.</summary>
public static class GC
{
    /// <summary>Bytes of the heap that objects, and arenas, take.</summary>
    public static long GetTotalMemory(bool forceFullCollection) => (long)(Heap.Size - Heap.Free);

    /// <summary>How much memory there is.</summary>
    public static GCMemoryInfo GetGCMemoryInfo() => new((long)Heap.Size);
}

public readonly struct GCMemoryInfo
{
    internal GCMemoryInfo(long total)
    {
        TotalAvailableMemoryBytes = total;
    }

    /// <summary>Bytes of the heap in all.</summary>
    public long TotalAvailableMemoryBytes { get; }
}
