// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Net.Testing;
using Xunit;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>A test that looks into processes that let none look into them but root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Root.Obstacle;
}
