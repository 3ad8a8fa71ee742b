// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>Which program this is.</summary>
internal static class Identity
{
    /// <summary>Its name before messages.</summary>
    internal static ReadOnlySpan<byte> Name => "uaas-jail"u8;

    /// <summary>Its exit status where it refuses: one that QEMU never ends with.</summary>
    internal const int RefusedStatus = 126;
}
