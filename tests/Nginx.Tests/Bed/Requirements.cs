// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>Where things are that these tests need.</summary>
internal static class Paths
{
    internal const string Nginx = "/usr/sbin/nginx";
    internal const string Valgrind = "/usr/bin/valgrind";
    internal const string StreamModule = "/usr/lib/nginx/modules/ngx_stream_module.so";

    internal static string Modules { get; } = Path.Combine(
        typeof(Paths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "RepositoryRoot").Value!, "out/nginx");
}

/// <summary>A test with nginx. Skipped by name where it is not installed or the modules are not built.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class NginxFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public NginxFactAttribute()
    {
        if (!File.Exists(Paths.Nginx) || !File.Exists(Paths.StreamModule))
            Skip = "needs nginx and libnginx-mod-stream";
        else if (!File.Exists(Path.Combine(Paths.Modules, "ngx_http_uaas_module.so")))
            Skip = "needs the nginx modules built";
    }
}

/// <summary>A test with nginx, for several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NginxTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public NginxTheoryAttribute() => Skip = new NginxFactAttribute().Skip;
}

/// <summary>A test of nginx under valgrind.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ValgrindFactAttribute : NginxFactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public ValgrindFactAttribute()
    {
        if (Skip is null && !File.Exists(Paths.Valgrind))
            Skip = "needs valgrind";
    }
}
