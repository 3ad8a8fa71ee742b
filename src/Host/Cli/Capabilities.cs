// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>What the kernel lets this process do (capabilities(7), user_namespaces(7)).</summary>
internal static class Capabilities
{
    internal const int NetworkAdministration = 12;
    internal const int SystemAdministration = 21;

    private const string EffectiveLabel = "CapEff:";

    /// <summary>Whether this process has the capability of that number.</summary>
    internal static bool Has(int capability)
    {
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith(EffectiveLabel, StringComparison.Ordinal))
                return (ulong.Parse(line[EffectiveLabel.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> capability & 1) != 0;
        }
        return false;
    }

    /// <summary>What keeps an ordinary user from a user namespace; null where nothing is known to.</summary>
    internal static UaasException? FindUserNamespaceObstacle()
    {
        (string Option, string Forbidding, string Allowing)[] switches =
        [
            ("kernel/unprivileged_userns_clone", "0", "1"),
            ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
            ("user/max_user_namespaces", "0", "10000"),
        ];
        foreach ((string option, string forbidding, string allowing) in switches)
        {
            string path = $"/proc/sys/{option}";
            if (File.Exists(path) && File.ReadAllText(path).Trim() == forbidding)
            {
                return new UaasException(Failure.Privilege, $"this kernel gives ordinary users no namespaces ({path} is {forbidding})",
                    $"run as root (sudo), or allow it: sudo sysctl {option.Replace('/', '.')}={allowing}");
            }
        }
        return null;
    }
}
