// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Instances.Confinement;

namespace Uaas.Cli;

/// <summary>The namespaces that a node lives in, as words for unshare(1).</summary>
internal static class NodeNamespaces
{
    internal const string Unshare = "/usr/bin/unshare";

    private static readonly string[] MapPrograms = ["/usr/bin/newuidmap", "/usr/bin/newgidmap"];

    /// <summary>The words before the node's own command. An ordinary user is root in a user namespace of its own, with the users beside it that it was given.</summary>
    internal static List<string> Words()
    {
        var words = new List<string>();
        if (!Environment.IsPrivilegedProcess)
            words.AddRange(HasSubordinates() ? ["--user", "--map-root-user", "--map-auto"] : ["--user", "--map-root-user"]);
        words.AddRange(["--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]);
        return words;
    }

    /// <summary>Whether this user was given users and groups of its own (subuid(5)), and there is what maps them and may.</summary>
    internal static bool HasSubordinates() => !SubordinateUsers.AreBarred && MapPrograms.All(File.Exists) && Names("/etc/subuid") && Names("/etc/subgid");

    private static bool Names(string file)
    {
        try
        {
            string number = $"{Linux.CurrentUser.Id}:";
            string name = $"{Environment.UserName}:";
            return File.ReadLines(file).Any(line => line.StartsWith(name, StringComparison.Ordinal) || line.StartsWith(number, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
