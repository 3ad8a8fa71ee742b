// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Uaas.Instances.Confinement;
using Uaas.Linux;
using Uaas.Linux.Groups;

namespace Uaas.Cli;

/// <summary>One of the things that close an instance in, and whether it can be had here.</summary>
/// <param name="What">The thing, in a word or two.</param>
/// <param name="Works">Whether it can be had, whole.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to change; null where nothing is to be done.</param>
internal sealed record IsolationReport(string What, bool Works, string Detail, string? Remedy)
{
    /// <summary>Those of this machine and user. Control groups are tried by making one, and removing it.</summary>
    internal static IReadOnlyList<IsolationReport> OfThisMachine() => [Users(), Limits(), Outside()];

    private static IsolationReport Users()
    {
        const string what = "users";
        if (!Environment.IsPrivilegedProcess)
        {
            return NodeNamespaces.HasSubordinates() ? new IsolationReport(what, true, "each instance is one of this user's subordinate users", null)
                : new IsolationReport(what, false, "all instances are this user", $"{SubordinateUsers.Remedy}; or run as root");
        }
        return InstanceUsers.Find() is { } users ? new IsolationReport(what, true, $"each instance is a user of its own, from {users.First} on", null)
            : new IsolationReport(what, false, "all instances are root without capabilities: no other user is mapped here", $"map some (subuid(5)), or name the first that is: {InstanceUsers.Variable}=N");
    }

    private static IsolationReport Limits()
    {
        using var tree = GroupTree.Create(GroupPlaces.OfThisProcess(), Environment.IsPrivilegedProcess);
        return new IsolationReport("limits", tree.Root.Lacking is null, tree.Root.Lacking ?? tree.Root.Describe(), tree.Root.Remedy);
    }

    /// <summary>Without its packet filter a node does not start.</summary>
    private static IsolationReport Outside() => File.Exists(Networking.LinkFirewall.Program)
        ? new IsolationReport("packet filter", true, $"by {Networking.LinkFirewall.Program}", null)
        : new IsolationReport("packet filter", false, $"{Networking.LinkFirewall.Program} is not there: uaas up needs it", "apt-get install nftables");
}
