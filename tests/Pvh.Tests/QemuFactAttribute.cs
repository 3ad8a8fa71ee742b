// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Uaas.Pvh.Tests;

/// <summary>A test that boots a guest on QEMU. Skipped by name where that is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class QemuFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public QemuFactAttribute() => Skip = Requirements.Missing!;
}

/// <summary>The same for a table of cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class QemuTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public QemuTheoryAttribute() => Skip = Requirements.Missing!;
}

/// <summary>What these tests ask of the machine.</summary>
internal static class Requirements
{
    /// <summary>Why they cannot run here; null when they can.</summary>
    internal static string? Missing { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, Qemu.Program)))
            ? null
            : $"needs {Qemu.Program}";
}
