// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Linux;

namespace Uaas.Cli.Installing;

/// <summary>Where an installation's parts are. Paths are those of the machine that it will run on; <see cref="Staged"/> puts the root that was given before them.</summary>
internal sealed record InstallLayout
{
    private const string Usual = "/usr/local";

    /// <summary>The directory that all of it is below, such as /usr/local.</summary>
    internal required string Prefix { get; init; }

    /// <summary>A directory that stands for /, for those who make packages; empty for / itself.</summary>
    internal string Root { get; init; } = "";

    /// <summary>Whether it is one user's own.</summary>
    internal bool IsUsers { get; init; }

    /// <summary>The built tree.</summary>
    internal string Library => Path.Combine(Prefix, "lib", "uaas");

    internal string Command => Path.Combine(Prefix, "bin", "uaas");

    /// <summary>The unit. Beside the usual prefix, where systemd looks by itself; else below the prefix, from where systemctl enable takes it by its path.</summary>
    internal string Unit => IsUsers ? Path.Combine(ConfigurationHome, "systemd", "user", UnitName) : Path.Combine(IsUsual ? "/etc/systemd/system" : Path.Combine(Prefix, "lib", "systemd", "system"), UnitName);

    /// <summary>The daemon's options.</summary>
    internal string Options => IsUsers ? Path.Combine(ConfigurationHome, "uaas", "serve.env") : Path.Combine(IsUsual ? "/etc/default" : Path.Combine(Prefix, "etc", "default"), "uaas");

    internal string BashCompletion => Path.Combine(Prefix, "share", "bash-completion", "completions", "uaas");

    internal string ZshCompletion => Path.Combine(Prefix, "share", "zsh", "site-functions", "_uaas");

    internal string FishCompletion => Path.Combine(Prefix, "share", "fish", "vendor_completions.d", "uaas.fish");

    /// <summary>The files outside of the library, each with the SHA-256 of what was written.</summary>
    internal string Manifest => Path.Combine(Library, "installed");

    internal const string UnitName = "uaas.service";

    /// <summary>Whether it is where systemd and shells look by themselves.</summary>
    internal bool IsUsual => Prefix == Usual;

    private static string ConfigurationHome => Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } given ? given : Path.Combine(Home, ".config");

    // Also where it is not there yet.
    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    /// <summary>The layout of what was asked for.</summary>
    /// <exception cref="UaasException">Options that exclude each other.</exception>
    internal static InstallLayout Of(string? prefix, string? root, bool isUsers)
    {
        if (isUsers && root is not null)
            throw new UaasException(Failure.Usage, "--user and --root exclude each other: a user's own installation is in the home directory");
        if (isUsers && !Path.IsPathRooted(Home))
            throw new UaasException(Failure.Usage, "this user has no home directory", "set HOME, or name a directory: --prefix DIR");
        string staged = root is null ? "" : Path.GetFullPath(root).TrimEnd('/');
        return new InstallLayout { Prefix = Path.GetFullPath(prefix ?? (isUsers ? Path.Combine(Home, ".local") : Usual)), Root = staged, IsUsers = isUsers };
    }

    /// <summary>Where a path of the installation is written to.</summary>
    internal string Staged(string path) => Root + path;
}
