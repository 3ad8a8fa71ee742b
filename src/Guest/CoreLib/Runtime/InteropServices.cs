// SPDX-License-Identifier: Apache-2.0

namespace System.Runtime.InteropServices;

public enum LayoutKind
{
    Sequential = 0,
    Explicit = 2,
    Auto = 3,
}

public enum CharSet
{
    None = 1,
    Ansi = 2,
    Unicode = 3,
    Auto = 4,
}

public sealed class StructLayoutAttribute(LayoutKind layoutKind) : Attribute
{
    public int Size;
    public int Pack;
    public CharSet CharSet;

    public LayoutKind Value { get; } = layoutKind;
}

public sealed class FieldOffsetAttribute(int offset) : Attribute
{
    public int Value { get; } = offset;
}

public sealed class UnmanagedCallersOnlyAttribute : Attribute
{
    public string? EntryPoint;
}

public sealed class DllImportAttribute(string dllName) : Attribute
{
    public string? EntryPoint;

    public string Value { get; } = dllName;
}

public sealed class InAttribute : Attribute
{
}

public sealed class OutAttribute : Attribute
{
}

// ILC asks for it by name; no cast here is dynamic.
public interface IDynamicInterfaceCastable
{
    internal static nint GetDynamicInterfaceImplementation(object instance, RuntimeTypeHandle interfaceType, ushort slot) => 0;
}
