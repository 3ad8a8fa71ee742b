// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Fuzz.Http;

/// <summary>What the targets of HTTP promise.</summary>
internal static class HttpCheck
{
    /// <summary>Fails with the broken promise's name.</summary>
    public static void Holds(bool condition, string promise)
    {
        if (!condition) throw new InvalidOperationException(promise);
    }
}
