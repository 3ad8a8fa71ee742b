// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Uaas.Platform;

/// <summary>What C libraries linked into a unikernel take for granted (native/x64/clibrary.S): a thread and a heap. <see cref="Start"/> before the first call to one.</summary>
public static unsafe class CLibrary
{
    private static CHeap? s_heap;

    /// <summary>Bytes of the heap that are in use.</summary>
    public static long HeapUsed => (long)s_heap!.Used;

    /// <summary>The most that was ever in use.</summary>
    public static long HeapPeak => (long)s_heap!.Peak;

    /// <summary>Gives the one thread its own memory and its canary, and takes memory for the heap from the guest's, for ever.</summary>
    public static void Start(int heapSize)
    {
        byte[] memory = new byte[heapSize];
        s_heap = new CHeap((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)), (nuint)heapSize); // nothing here ever moves
        void** table = HeapTable();
        table[0] = (delegate* unmanaged<nuint, void*>)&Allocate;
        table[1] = (delegate* unmanaged<void*, void>)&Free;
        table[2] = (delegate* unmanaged<void*, nuint, void*>)&Resize;

        ulong canary = 0;
        Machine.FillEntropy(MemoryMarshal.AsBytes(new Span<ulong>(ref canary)));
        StartThread(canary & ~0xFFul); // a zero byte first: no text runs over it
    }

    /// <summary>Frees all that the libraries hold. None may be in the middle of something.</summary>
    public static void EmptyHeap() => s_heap!.Reset();

    [UnmanagedCallersOnly]
    private static void* Allocate(nuint size) => s_heap!.Allocate(size);

    [UnmanagedCallersOnly]
    private static void Free(void* block) => s_heap!.Free(block);

    [UnmanagedCallersOnly]
    private static void* Resize(void* block, nuint size) => s_heap!.Resize(block, size);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_c_start")]
    private static extern void StartThread(ulong canary);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_c_heap")]
    private static extern void** HeapTable();
}
