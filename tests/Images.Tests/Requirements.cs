// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using Uaas.Net.Testing;
using Xunit;

namespace Uaas.Images.Tests;

/// <summary>A test that needs root.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Root.Obstacle;
}

/// <summary>A test that needs skopeo.</summary>
internal sealed class SkopeoFactAttribute : FactAttribute
{
    public SkopeoFactAttribute()
    {
        if (!Programs.Has("skopeo")) Skip = "needs skopeo";
    }
}

/// <summary>A test that needs Debian's docker-registry.</summary>
internal sealed class RegistryFactAttribute : FactAttribute
{
    public RegistryFactAttribute()
    {
        if (!Programs.Has("docker-registry")) Skip = "needs docker-registry";
    }
}

/// <summary>The programs of this machine.</summary>
internal static class Programs
{
    internal static bool Has(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, name)));
}
