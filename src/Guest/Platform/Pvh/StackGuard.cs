// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform.Pvh;

namespace Uaas.Platform.Exceptions;

/// <summary>The unmapped pages below the stack.</summary>
internal static unsafe partial class ExceptionReport
{
    private static partial bool IsStackGuard(ulong address) => address >= (ulong)Cpu.ConstantsEnd() && address < (ulong)Cpu.StackBottom();
}
