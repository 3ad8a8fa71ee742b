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
    public TapFactAttribute() => Skip = Obstacle.ToNode(Privilege.OwnRoot);
}

/// <summary>Such a test, for several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TapTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public TapTheoryAttribute() => Skip = Obstacle.ToNode(Privilege.OwnRoot);
}

/// <summary>A test that boots the http service on spt. Skipped by name where that is not built or this user may have no node.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class ServiceFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    /// <param name="privilege">What it does that takes more than the command.</param>
    public ServiceFactAttribute(Privilege privilege = Privilege.None)
    {
        var locations = Locations.Find();
        Skip = Obstacle.ToNode(privilege);
        if (Skip is null && (!File.Exists(locations.Image("http", "spt")) || !File.Exists(locations.Tender("spt"))))
            Skip = "needs the http image and the spt tender built";
    }
}

/// <summary>A test that boots the http service on QEMU. Skipped by name where that is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class QemuServiceFactAttribute : ServiceFactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    /// <param name="privilege">What it does that takes more than the command.</param>
    public QemuServiceFactAttribute(Privilege privilege = Privilege.None)
        : base(privilege)
    {
        if (Skip is null && !new QemuDriver(QemuAcceleration.Tcg).Fingerprint().Possible)
            Skip = "needs qemu-system-x86";
    }
}

/// <summary>A test that boots something on QEMU that it makes itself. Skipped by name where QEMU is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class QemuFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public QemuFactAttribute()
    {
        if (!new QemuDriver(QemuAcceleration.Tcg).Fingerprint().Possible)
            Skip = "needs qemu-system-x86";
    }
}

/// <summary>A test that boots Debian's kernel on QEMU with a tap. Skipped by name where one of them cannot be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxGuestFactAttribute : FactAttribute
{
    /// <summary>The folder that tests/KvmBed.Tests/fetch.sh fills.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("UAAS_KVM_BED") ?? Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "uaas-kvm-bed");

    /// <summary>Decides once, when the test is found.</summary>
    public LinuxGuestFactAttribute()
    {
        if (Obstacle.ToNode() is { } obstacle)
            Skip = obstacle;
        else if (!new QemuDriver(QemuAcceleration.Tcg).Fingerprint().Possible)
            Skip = "needs qemu-system-x86";
        else if (!File.Exists(Path.Combine(Folder, "complete-with-network")))
            Skip = "needs Debian's kernel; run tests/KvmBed.Tests/fetch.sh";
    }
}

/// <summary>A test over a guest that others built, in the folder that UAAS_FOREIGN_DIR names. Skipped by name where it is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ForeignGuestFactAttribute : FactAttribute
{
    /// <summary>The folder; null where none is named.</summary>
    public static string? Folder { get; } = Environment.GetEnvironmentVariable("UAAS_FOREIGN_DIR");

    /// <summary>Decides once, when the test is found.</summary>
    /// <param name="file">The guest's file in it.</param>
    public ForeignGuestFactAttribute(string file)
    {
        if (Obstacle.ToNode() is { } obstacle)
            Skip = obstacle;
        else if (Folder is null || !File.Exists(Path.Combine(Folder, file)))
            Skip = $"needs {file} in UAAS_FOREIGN_DIR";
    }
}
