// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>What all codecs share of C: memory, and the way out of errors (native/x64/codecs.S).</summary>
internal static unsafe class Library
{
    /// <summary>Where the functions are: in a unikernel all of them are linked into the image, elsewhere in a library of this name.</summary>
    internal const string Name = "uaas-codecs";

    /// <summary>Memory of the codecs' heap; null where there is none left.</summary>
    [DllImport(Name, EntryPoint = "malloc")]
    internal static extern void* Allocate(nuint size);

    /// <summary>Zeroed memory of the codecs' heap; null where there is none left.</summary>
    [DllImport(Name, EntryPoint = "calloc")]
    internal static extern void* AllocateZeroed(nuint count, nuint size);

    /// <summary>Gives memory back.</summary>
    [DllImport(Name, EntryPoint = "free")]
    internal static extern void Free(void* memory);

    /// <summary>Whether the last guarded call ended by an error.</summary>
    [DllImport(Name, EntryPoint = "uaas_gave_up")]
    private static extern int LastGaveUp();

    /// <summary>What a library is to call when it cannot go on.</summary>
    [DllImport(Name, EntryPoint = "uaas_address_of_give_up")]
    internal static extern void* GiveUp();

    /// <summary>A function that does nothing.</summary>
    [DllImport(Name, EntryPoint = "uaas_address_of_ignore")]
    internal static extern void* Ignore();

    /// <summary>Whether the last guarded call ended by an error.</summary>
    internal static bool GaveUp => LastGaveUp() != 0;
}
