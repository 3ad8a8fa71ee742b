// SPDX-License-Identifier: Apache-2.0

using System.Runtime.CompilerServices;
using Internal.Runtime;
using Internal.Runtime.CompilerHelpers;

namespace System.Runtime;

/// <summary>Casts between classes. ILC looks these up by name.</summary>
internal static unsafe class TypeCast
{
    private static object? CheckCastClass(MethodTable* type, object? value)
    {
        if (value != null && !IsClass(value, type)) ThrowHelpers.ThrowInvalidCastException();
        return value;
    }

    private static object? CheckCastClassSpecial(MethodTable* type, object? value) => CheckCastClass(type, value);

    private static object? IsInstanceOfClass(MethodTable* type, object? value) => value != null && IsClass(value, type) ? value : null;

    private static object? IsInstanceOfException(MethodTable* type, object? value) => IsInstanceOfClass(type, value);

    // These need tables that a unikernel does not carry. Nothing defines the symbols: what would call them fails to link, and the SDK says why.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_no_cast_to_interface")]
    private static extern object? CheckCastInterface(MethodTable* type, object? value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_no_cast_to_interface")]
    private static extern object? IsInstanceOfInterface(MethodTable* type, object? value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_no_cast_by_reflection")]
    private static extern object? CheckCastAny(MethodTable* type, object? value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_no_cast_by_reflection")]
    private static extern object? IsInstanceOfAny(MethodTable* type, object? value);

    private static void StelemRef(object?[] array, nint index, object? value)
    {
        if ((nuint)index >= (nuint)array.Length) ThrowHelpers.ThrowIndexOutOfRangeException();
        if (value != null && !IsClass(value, array._methodTable->RelatedType)) ThrowHelpers.ThrowInvalidCastException();
        Unsafe.Add(ref Unsafe.As<byte, object?>(ref Unsafe.As<RawArrayData>(array).Data), index) = value;
    }

    private static ref object? LdelemaRef(object?[] array, nint index, MethodTable* elementType)
    {
        if ((nuint)index >= (nuint)array.Length) ThrowHelpers.ThrowIndexOutOfRangeException();
        if (array._methodTable->RelatedType != elementType) ThrowHelpers.ThrowInvalidCastException();
        return ref Unsafe.Add(ref Unsafe.As<byte, object?>(ref Unsafe.As<RawArrayData>(array).Data), index);
    }

    private static bool IsClass(object value, MethodTable* type)
    {
        // What is related to an array's type is that of its elements; it is itself, or an object.
        if (value._methodTable->HasComponents) return value._methodTable == type || type->RelatedType == null;
        for (MethodTable* candidate = value._methodTable; candidate != null; candidate = candidate->RelatedType)
        {
            if (candidate == type) return true;
        }

        return false;
    }
}

internal sealed class RuntimeExportAttribute(string entry) : Attribute
{
    public string Entry { get; } = entry;
}

internal sealed class RuntimeImportAttribute(string dllName, string entry) : Attribute
{
    public string DllName { get; } = dllName;

    public string Entry { get; } = entry;
}
