// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Instances.Kernels;

namespace Uaas.Agent;

/// <summary>The words of a guest's command line: key=value, the same on every monitor. A guest stops at a key that it does not know.</summary>
public static class BootArguments
{
    /// <summary>The words that give an instance its name and its place in the network.</summary>
    public static List<string> For(string name, InstanceConnection connection) =>
    [
        Word("ip", $"{connection.Address}/32"),
        Word("gw", connection.Gateway.ToString()),
        Word("name", name),
    ];

    /// <summary>The words that tell a guest its place in the network, in its own language; none where it learns it by DHCP alone.</summary>
    public static List<string> For(ArgumentStyle style, string name, InstanceConnection connection)
    {
        const string subnet = "/16"; // one that holds the gateway, as the node's DHCP tells it
        return style switch
        {
            ArgumentStyle.Uaas => For(name, connection),
            ArgumentStyle.Mirage => [$"--ipv4={connection.Address}{subnet}", $"--ipv4-gateway={connection.Gateway}"],
            ArgumentStyle.Unikraft => [$"netdev.ip={connection.Address}{subnet}:{connection.Gateway}"],
            ArgumentStyle.Linux => ["console=ttyS0", "panic=-1", $"ip={connection.Address}::{connection.Gateway}:255.255.0.0:{name}:eth0:off"],
            _ => [],
        };
    }

    /// <summary>One word.</summary>
    /// <exception cref="ArgumentException">The value cannot be written as a part of one word.</exception>
    public static string Word(string key, string value)
    {
        foreach (char character in value)
        {
            if (character <= ' ' || character > '~')
                throw new ArgumentException($"{key}={value}: a boot argument is of printable ASCII without spaces", nameof(value));
        }
        return $"{key}={value}";
    }
}
