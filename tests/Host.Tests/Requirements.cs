// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Cli;
using Uaas.Instances;
using Xunit;

namespace Uaas.Host.Tests;

/// <summary>A test that makes namespaces and taps. Skipped by name where this user may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TapFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public TapFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess || NodeLauncher.FindLackingPrivilege() is not null)
            Skip = "needs root and /dev/net/tun";
    }
}

/// <summary>A test that boots the http service on spt. Skipped by name where that is not built or this user may make no tap.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class ServiceFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public ServiceFactAttribute()
    {
        var locations = Locations.Find();
        if (!Environment.IsPrivilegedProcess || NodeLauncher.FindLackingPrivilege() is not null)
            Skip = "needs root and /dev/net/tun";
        else if (!File.Exists(locations.Image("http", "spt")) || !File.Exists(locations.Tender("spt")))
            Skip = "needs the http image and the spt tender built";
    }
}

/// <summary>A test that boots the http service on QEMU. Skipped by name where that is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class QemuServiceFactAttribute : ServiceFactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public QemuServiceFactAttribute()
    {
        if (Skip is null && !new QemuDriver(QemuAcceleration.Tcg).Fingerprint().Possible)
            Skip = "needs qemu-system-x86";
    }
}
