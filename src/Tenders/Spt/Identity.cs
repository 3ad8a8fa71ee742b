// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>Which tender this program is.</summary>
internal static class Identity
{
    /// <summary>Its name before messages.</summary>
    internal static ReadOnlySpan<byte> Name => "uaas-spt"u8;

    /// <summary>Its exit status where it refuses.</summary>
    internal const int RefusedStatus = 125;
}
