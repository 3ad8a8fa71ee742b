// SPDX-License-Identifier: Apache-2.0
// The primitive types. csc maps its keywords to them.

namespace System;

public readonly struct Boolean : IEquatable<bool>
{
    private readonly bool m_value;

    public bool Equals(bool obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is bool other && m_value == other;

    public override int GetHashCode() => m_value ? 1 : 0;
}

public readonly struct Char : IEquatable<char>, IComparable<char>
{
    private readonly char m_value;

    public const char MaxValue = '\uFFFF';
    public const char MinValue = '\0';

    public bool Equals(char obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is char other && m_value == other;

    public override int GetHashCode() => m_value;

    public int CompareTo(char value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct SByte : IEquatable<sbyte>, IComparable<sbyte>
{
    private readonly sbyte m_value;

    public const sbyte MaxValue = 127;
    public const sbyte MinValue = -128;

    public bool Equals(sbyte obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is sbyte other && m_value == other;

    public override int GetHashCode() => m_value;

    public int CompareTo(sbyte value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct Byte : IEquatable<byte>, IComparable<byte>
{
    private readonly byte m_value;

    public const byte MaxValue = 255;
    public const byte MinValue = 0;

    public bool Equals(byte obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is byte other && m_value == other;

    public override int GetHashCode() => m_value;

    public int CompareTo(byte value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct Int16 : IEquatable<short>, IComparable<short>
{
    private readonly short m_value;

    public const short MaxValue = 32767;
    public const short MinValue = -32768;

    public bool Equals(short obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is short other && m_value == other;

    public override int GetHashCode() => m_value;

    public int CompareTo(short value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct UInt16 : IEquatable<ushort>, IComparable<ushort>
{
    private readonly ushort m_value;

    public const ushort MaxValue = 65535;
    public const ushort MinValue = 0;

    public bool Equals(ushort obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is ushort other && m_value == other;

    public override int GetHashCode() => m_value;

    public int CompareTo(ushort value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct Int32 : IEquatable<int>, IComparable<int>
{
    private readonly int m_value;

    public const int MaxValue = 2147483647;
    public const int MinValue = -2147483648;

    public bool Equals(int obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is int other && m_value == other;

    public override int GetHashCode() => m_value;

    public int CompareTo(int value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct UInt32 : IEquatable<uint>, IComparable<uint>
{
    private readonly uint m_value;

    public const uint MaxValue = 4294967295;
    public const uint MinValue = 0;

    public bool Equals(uint obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is uint other && m_value == other;

    public override int GetHashCode() => (int)m_value;

    public int CompareTo(uint value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct Int64 : IEquatable<long>, IComparable<long>
{
    private readonly long m_value;

    public const long MaxValue = 9223372036854775807;
    public const long MinValue = -9223372036854775808;

    public bool Equals(long obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is long other && m_value == other;

    public override int GetHashCode() => (int)m_value ^ (int)(m_value >> 32);

    public int CompareTo(long value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct UInt64 : IEquatable<ulong>, IComparable<ulong>
{
    private readonly ulong m_value;

    public const ulong MaxValue = 18446744073709551615;
    public const ulong MinValue = 0;

    public bool Equals(ulong obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is ulong other && m_value == other;

    public override int GetHashCode() => (int)m_value ^ (int)(m_value >> 32);

    public int CompareTo(ulong value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct Single : IEquatable<float>, IComparable<float>
{
    private readonly float m_value;

    public const float MaxValue = 3.40282346638528859e+38f;
    public const float MinValue = -3.40282346638528859e+38f;

    public bool Equals(float obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is float other && m_value == other;

    public override int GetHashCode() => (int)m_value;

    public int CompareTo(float value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly struct Double : IEquatable<double>, IComparable<double>
{
    private readonly double m_value;

    public const double MaxValue = 1.7976931348623157E+308;
    public const double MinValue = -1.7976931348623157E+308;

    public bool Equals(double obj) => m_value == obj;

    public override bool Equals(object? obj) => obj is double other && m_value == other;

    public override int GetHashCode() => (int)m_value;

    public int CompareTo(double value) => m_value < value ? -1 : m_value > value ? 1 : 0;
}

public readonly unsafe struct IntPtr : IEquatable<nint>
{
    private readonly void* _value;

    public static nint Zero => 0;

    public static int Size => sizeof(void*);

    public bool Equals(nint other) => (nint)_value == other;

    public override bool Equals(object? obj) => obj is nint other && (nint)_value == other;

    public override int GetHashCode() => (int)(nint)_value;

    public void* ToPointer() => _value;
}

public readonly unsafe struct UIntPtr : IEquatable<nuint>
{
    private readonly void* _value;

    public static nuint Zero => 0;

    public static int Size => sizeof(void*);

    public bool Equals(nuint other) => (nuint)_value == other;

    public override bool Equals(object? obj) => obj is nuint other && (nuint)_value == other;

    public override int GetHashCode() => (int)(nuint)_value;

    public void* ToPointer() => _value;
}
