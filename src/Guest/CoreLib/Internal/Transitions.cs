// SPDX-License-Identifier: Apache-2.0

using System.Runtime;

namespace Internal.Runtime.CompilerHelpers;

/// <summary>The calls that compiled code makes where managed meets native code. With no collector there is nothing to tell.</summary>
internal static class Transitions
{
    [RuntimeExport("RhpReversePInvoke")]
    private static void ReversePInvoke(nint frame)
    {
    }

    [RuntimeExport("RhpReversePInvokeReturn")]
    private static void ReversePInvokeReturn(nint frame)
    {
    }

    [RuntimeExport("RhpPInvoke")]
    private static void PInvoke(nint frame)
    {
    }

    [RuntimeExport("RhpPInvokeReturn")]
    private static void PInvokeReturn(nint frame)
    {
    }

    [RuntimeExport("RhpFallbackFailFast")]
    private static void FallbackFailFast() => Panic.Fail("stack corrupted");
}
