// SPDX-License-Identifier: Apache-2.0

using Internal.Runtime.CompilerHelpers;

namespace System;

/// <summary>Conversions from floating point that the compiler calls by name where the context is checked.</summary>
public static partial class Math
{
    private static int ConvertToInt32Checked(double value)
    {
        // Written so that a NaN fails.
        if (!(value > -2147483649.0 && value < 2147483648.0)) ThrowHelpers.ThrowOverflowException();
        return (int)value;
    }

    private static uint ConvertToUInt32Checked(double value)
    {
        if (!(value > -1.0 && value < 4294967296.0)) ThrowHelpers.ThrowOverflowException();
        return (uint)value;
    }

    private static long ConvertToInt64Checked(double value)
    {
        if (!(value >= -9223372036854775808.0 && value < 9223372036854775808.0)) ThrowHelpers.ThrowOverflowException();
        return (long)value;
    }

    private static ulong ConvertToUInt64Checked(double value)
    {
        if (!(value > -1.0 && value < 18446744073709551616.0)) ThrowHelpers.ThrowOverflowException();
        return (ulong)value;
    }
}
