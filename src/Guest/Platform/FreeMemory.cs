// SPDX-License-Identifier: Apache-2.0

using Internal.Runtime;

namespace Uaas.Platform;

/// <summary>What is left of the guest's memory.</summary>
public static class FreeMemory
{
    /// <summary>Bytes that `new` may still take from the heap.</summary>
    public static long Bytes => (long)Heap.Available;
}
