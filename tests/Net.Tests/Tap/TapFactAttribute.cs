// SPDX-License-Identifier: Apache-2.0

using Uaas.Net.Testing;
using Xunit;

namespace Uaas.Net.Tests.Tap;

/// <summary>A test that needs a tap in a network namespace of its own; skipped with the reason where there can be none.</summary>
public sealed class TapFactAttribute : FactAttribute
{
    /// <summary>Looks whether this machine has what it takes.</summary>
    public TapFactAttribute() => Skip = TapDevice.Obstacle();
}

/// <summary>A theory that needs a tap in a network namespace of its own; skipped with the reason where there can be none.</summary>
public sealed class TapTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks whether this machine has what it takes.</summary>
    public TapTheoryAttribute() => Skip = TapDevice.Obstacle();
}
