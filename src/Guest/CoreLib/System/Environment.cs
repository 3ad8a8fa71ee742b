// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.CodeAnalysis;

namespace System;

public static class Environment
{
    /// <summary>Panics: prints <paramref name="message"/> and the place, and ends the machine. For broken invariants; no input from outside may come here.</summary>
    [DoesNotReturn]
    public static void FailFast(string? message) => Internal.Runtime.CompilerHelpers.Panic.Fail(message ?? "");
}
