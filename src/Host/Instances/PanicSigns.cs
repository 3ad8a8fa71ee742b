// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

namespace Uaas.Instances;

/// <summary>
/// Words by which a guest says on its console that it has broken down. Many go on running after that, idle: their monitor notices nothing.
/// </summary>
public static class PanicSigns
{
    private static readonly string[] Signs =
    [
        "**** PANIC ****", // IncludeOS
        "Kernel panic - not syncing", // Linux
        "Solo5: ABORT", // Solo5
        "Solo5: trap", // Solo5, an exception
        "Fatal error: exception", // OCaml, and with it MirageOS
        "Unikraft crash", // Unikraft
    ];

    /// <summary>Whether a line says so.</summary>
    public static bool IsPanic(string line)
    {
        foreach (string sign in (IReadOnlyList<string>)Signs)
        {
            if (line.Contains(sign, StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
