// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;

namespace Uaas.Cli.Installing;

/// <summary>
/// The .NET runtime that an installation runs on. One that was installed for the whole machine is used where it is: whoever installed it keeps it free of known
/// holes. One that is somebody's own (~/.dotnet) may go with them, or be closed to others: it is copied. A self-contained build would bring a runtime that nobody keeps
/// up to date, and would have to be fetched.
/// </summary>
internal static class PrivateRuntime
{
    private const string UsualRoot = "/usr/share/dotnet";

    private static readonly string[] Registrations = ["/etc/dotnet/install_location_x64", "/etc/dotnet/install_location"];

    /// <summary>The root of the runtime that this process runs on.</summary>
    internal static string Root { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>Whether every program of this machine finds it by itself.</summary>
    internal static bool IsTheMachines => Same(Root, UsualRoot) || Registrations.Where(File.Exists).Any(file => Same(Root, File.ReadLines(file).FirstOrDefault() ?? ""));

    /// <summary>The directories of it that a program needs, relative to its root.</summary>
    internal static IEnumerable<string> Directories()
    {
        yield return Path.GetRelativePath(Root, Newest(Path.Combine(Root, "host", "fxr")));
        yield return Path.GetRelativePath(Root, RuntimeEnvironment.GetRuntimeDirectory());
        yield return Path.GetRelativePath(Root, Path.GetDirectoryName(typeof(WebApplication).Assembly.Location)!);
    }

    private static string Newest(string folder) =>
        Directory.GetDirectories(folder).OrderBy(one => Version.TryParse(Path.GetFileName(one).Split('-')[0], out Version? version) ? version : new Version(0, 0)).Last();

    private static bool Same(string one, string other) => one.TrimEnd('/') == other.TrimEnd('/') || RealPath(one) == RealPath(other);

    private static string RealPath(string path) => (Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path).TrimEnd('/');
}
