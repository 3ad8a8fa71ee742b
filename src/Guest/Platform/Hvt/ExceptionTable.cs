// SPDX-License-Identifier: Apache-2.0

using System.Runtime;
using System.Runtime.CompilerServices;

namespace Uaas.Platform.Exceptions;

/// <summary>Has exceptions told by the guest itself, with place and registers. There are no interrupts on hvt.</summary>
internal static unsafe class ExceptionTable
{
    private const int CurrentStack = 0;

    /// <summary>From now on.</summary>
    internal static void Load()
    {
        for (int vector = 0; vector < ExceptionGates.Count; vector++) ExceptionGates.Set(Table(), vector, ExceptionGates.Stub(vector), CurrentStack);
        ExceptionGates.Load(Table(), ExceptionGates.Count * ExceptionGates.Size - 1);
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_interrupt_table")]
    private static extern ulong* Table();
}

/// <summary>A stack that overflows meets constants, which the tender keeps read-only: the tender tells, the guest is not asked.</summary>
internal static partial class ExceptionReport
{
    private static partial bool IsStackGuard(ulong address) => false;
}
