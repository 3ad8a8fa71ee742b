// SPDX-License-Identifier: Apache-2.0
// The roots of the type system. csc and ILC look these types and fields up by name.

namespace System;

public unsafe class Object
{
    internal Internal.Runtime.MethodTable* _methodTable;

    public virtual bool Equals(object? obj) => this == obj;

    public virtual int GetHashCode() => 0;

    public virtual string? ToString() => null;

    public static bool ReferenceEquals(object? objA, object? objB) => objA == objB;
}

public abstract class ValueType
{
}

public abstract class Enum : ValueType
{
}

public struct Void
{
}

public sealed class String
{
    public readonly int Length;
    private char _firstChar;

    private String()
    {
    }

    [System.Runtime.CompilerServices.IndexerName("Chars")]
    public char this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Length) Internal.Runtime.CompilerHelpers.ThrowHelpers.ThrowIndexOutOfRangeException();
            return System.Runtime.CompilerServices.Unsafe.Add(ref _firstChar, index);
        }
    }

    public ref readonly char GetPinnableReference() => ref _firstChar;
}

public abstract class Array
{
    public const int MaxLength = 0x7FFFFFC7;

#pragma warning disable CS0649 // set by the allocator
    private int _numComponents;
#pragma warning restore CS0649

    public int Length => _numComponents;

    public static void Clear<T>(T[] array) => new Span<T>(array).Clear();
}

internal class Array<T> : Array
{
}

public abstract class Type
{
    public static Type? GetTypeFromHandle(RuntimeTypeHandle handle) => null;
}

// The compiler asks for it by name.
internal sealed class RuntimeType : Type
{
}

public struct RuntimeTypeHandle
{
    private nint _value;
}

public struct RuntimeMethodHandle
{
    private nint _value;
}

public struct RuntimeFieldHandle
{
    private nint _value;
}

public class Exception
{
    public Exception()
    {
    }

    public Exception(string? message)
    {
    }
}

public static class AppContext
{
    public static void SetData(string name, object? data)
    {
    }
}

public interface IDisposable
{
    void Dispose();
}

public interface IEquatable<T>
    where T : allows ref struct
{
    bool Equals(T? other);
}

public interface IComparable<in T>
    where T : allows ref struct
{
    int CompareTo(T? other);
}
