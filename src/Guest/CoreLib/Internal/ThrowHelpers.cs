// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Internal.Runtime.CompilerHelpers;

/// <summary>What compiled code calls where .NET would throw. There is nobody to catch: each panics with the place.</summary>
internal static class ThrowHelpers
{
    [DoesNotReturn]
    internal static void ThrowInvalidProgramException(int id) => Panic.Fail("invalid program");

    [DoesNotReturn]
    internal static void ThrowInvalidProgramExceptionWithArgument(int id, string methodName) => Panic.Fail("invalid program");

    [DoesNotReturn]
    internal static void ThrowTypeLoadException(int id, string className, string typeName) => Panic.Fail("a type could not be loaded");

    [DoesNotReturn]
    internal static void ThrowTypeLoadExceptionWithArgument(int id, string className, string typeName, string messageArg) => Panic.Fail("a type could not be loaded");

    [DoesNotReturn]
    internal static void ThrowMissingMethodException(int id, string methodName) => Panic.Fail("missing method");

    [DoesNotReturn]
    internal static void ThrowMissingFieldException(int id, string fieldName) => Panic.Fail("missing field");

    [DoesNotReturn]
    internal static void ThrowFileNotFoundException(int id, string fileName) => Panic.Fail("missing assembly");

    [DoesNotReturn]
    internal static void ThrowOverflowException() => Panic.Fail("arithmetic overflow");

    [DoesNotReturn]
    internal static void ThrowIndexOutOfRangeException() => Panic.Fail("index out of range");

    [DoesNotReturn]
    internal static void ThrowNullReferenceException() => Panic.Fail("null reference");

    [DoesNotReturn]
    internal static void ThrowDivideByZeroException() => Panic.Fail("division by zero");

    [DoesNotReturn]
    internal static void ThrowArrayTypeMismatchException() => Panic.Fail("array element of another type");

    [DoesNotReturn]
    internal static void ThrowPlatformNotSupportedException() => Panic.Fail("not supported in a unikernel");

    [DoesNotReturn]
    internal static void ThrowNotImplementedException() => Panic.Fail("the compiler made no code for this instruction");

    [DoesNotReturn]
    internal static void ThrowArgumentException() => Panic.Fail("invalid argument");

    [DoesNotReturn]
    internal static void ThrowArgumentOutOfRangeException() => Panic.Fail("argument out of range");

    [DoesNotReturn]
    internal static void ThrowInvalidOperationException() => Panic.Fail("invalid operation");

    [DoesNotReturn]
    internal static void ThrowInvalidCastException() => Panic.Fail("invalid cast");

    [DoesNotReturn]
    internal static void ThrowFeatureBodyRemoved() => Panic.Fail("a removed feature was called");

    [DoesNotReturn]
    internal static void ThrowInstanceBodyRemoved() => Panic.Fail("a removed method was called");

    [DoesNotReturn]
    internal static void ThrowUnavailableType() => Panic.Fail("a removed type was used");
}

/// <summary>Hands a broken invariant to the platform, which says what and where and ends the machine.</summary>
internal static unsafe class Panic
{
    // native/x64/runtime.S: notes the caller's frame, then calls the platform's uaas_panic.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_panic_here")]
    private static extern void PanicHere(char* message, nint length);

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Fail(string message)
    {
        fixed (char* first = message) PanicHere(first, message.Length);
        while (true)
        {
        }
    }
}
