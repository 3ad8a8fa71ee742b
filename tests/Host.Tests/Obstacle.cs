// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Cli;
using Uaas.Net.Testing;

namespace Uaas.Host.Tests;

/// <summary>What a test is allowed on the machine.</summary>
public enum Privilege
{
    /// <summary>What an ordinary user is: the command makes a node for it in a user namespace.</summary>
    None,

    /// <summary>To make namespaces, taps and mounts itself: root, of the machine or of a user namespace that it is started in.</summary>
    OwnRoot,

    /// <summary>What root of a user namespace may not: control groups, users and devices of the machine.</summary>
    Root,
}

/// <summary>Why a node cannot be had here.</summary>
internal static class Obstacle
{
    /// <summary>Why not; null where it can.</summary>
    /// <param name="privilege">What the test does beside starting it.</param>
    internal static string? ToNode(Privilege privilege = Privilege.None) => privilege switch
    {
        Privilege.OwnRoot when Root.Obstacle is { } obstacle => obstacle,
        Privilege.Root when !IsRootOfMachine() => "needs root",
        _ => NodeLauncher.FindLackingPrivilege() is null ? null : "needs namespaces and /dev/net/tun",
    };

    private static bool IsRootOfMachine() =>
        Environment.IsPrivilegedProcess && File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["0", "0", "4294967295"];
}
