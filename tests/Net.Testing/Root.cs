// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Testing;

/// <summary>Root: of the machine, or of a user namespace that an ordinary user's tests are started in, as <c>tests/run-all</c> does with those that this holds up.</summary>
internal static class Root
{
    /// <summary>Why root cannot be had here; null where it can.</summary>
    internal static string? Obstacle => Environment.IsPrivilegedProcess ? null : "needs root, or unshare --user --map-root-user --mount";
}
