// SPDX-License-Identifier: Apache-2.0

using System.Runtime.CompilerServices;
using Internal.Runtime;
using Internal.Runtime.CompilerHelpers;

namespace System.Runtime;

/// <summary>Boxing. ILC looks these up by name.</summary>
internal static unsafe class RuntimeExports
{
    // What an object's base size counts besides its data: the word before it and the one for its type.
    private const uint Overhead = 2 * sizeof(long);

    public static object RhBox(MethodTable* type, ref byte data)
    {
        byte* block = Heap.Allocate(type->BaseSize);
        *(MethodTable**)block = type;
        SpanHelpers.Memmove(ref block[sizeof(nint)], ref data, type->BaseSize - Overhead);
        if (Arena.Exist) Arena.CheckFields(type, block);
        return Unsafe.AsRef<object>(&block);
    }

    public static ref byte RhUnbox2(MethodTable* type, object value)
    {
        if (value._methodTable != type) ThrowHelpers.ThrowInvalidCastException();
        return ref ((byte*)Unsafe.As<object, nint>(ref value))[sizeof(nint)];
    }

    // Nothing defines the symbol: what would call this fails to link, and the SDK says why.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_no_unboxing_to_nullable")]
    public static extern void RhUnboxNullable(ref byte data, MethodTable* type, object value);
}
