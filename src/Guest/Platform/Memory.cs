// SPDX-License-Identifier: Apache-2.0

using System.Runtime;
using System.Runtime.CompilerServices;

namespace Uaas.Platform;

/// <summary>The image's own places in memory, which the linker script names, and the hand-over of the rest to the heap.</summary>
internal static unsafe class Memory
{
    /// <summary>The stack ends here and grows down.</summary>
    internal static nuint* StackTop => (nuint*)StackTopAddress();

    /// <summary>The first byte after the image.</summary>
    internal static byte* ImageEnd => (byte*)ImageEndAddress();

    /// <summary>Gives the heap all from the image's end to <paramref name="end"/>, and prepares static fields.</summary>
    internal static void Initialize(byte* end) =>
        InitializeRuntime(ImageEnd, end, (void**)ModulesStartAddress(), (void**)ModulesEndAddress());

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_runtime_initialize")]
    private static extern void InitializeRuntime(byte* heapStart, byte* heapEnd, void** modules, void** modulesEnd);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_stack_top")]
    private static extern void* StackTopAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_end")]
    private static extern void* ImageEndAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_modules_start")]
    private static extern void* ModulesStartAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_modules_end")]
    private static extern void* ModulesEndAddress();
}
