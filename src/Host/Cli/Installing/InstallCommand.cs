// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli.Serving;
using Uaas.Linux;

namespace Uaas.Cli.Installing;

/// <summary><c>uaas install</c> and <c>uaas uninstall</c>: the built tree where it stays without the clone, with a unit for systemd.</summary>
internal static class InstallCommand
{
    private const double Mebibyte = 1 << 20;

    private static readonly Option<string?> Prefix = new("--prefix") { Description = "Below which directory (default: /usr/local; with --user ~/.local)", HelpName = "DIR" };
    private static readonly Option<string?> Root = new("--root") { Description = "A directory that stands for /, to make packages", HelpName = "DIR" };
    private static readonly Option<bool> User = new("--user") { Description = "For this user alone, with a unit of the user's own" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what would be done" };

    internal static IEnumerable<Command> Create()
    {
        var install = new Command("install", "Installs this build, with a unit for systemd") { Prefix, Root, User, DryRun };
        install.SetAction((arguments, _) => Task.FromResult(Install(Layout(arguments), arguments.GetValue(DryRun))));
        yield return install;
        var uninstall = new Command("uninstall", "Takes an installation away; what the daemon keeps stays") { Prefix, Root, User, DryRun };
        uninstall.SetAction((arguments, _) => Task.FromResult(Uninstall(Layout(arguments), arguments.GetValue(DryRun))));
        yield return uninstall;
    }

    private static InstallLayout Layout(ParseResult arguments) => InstallLayout.Of(arguments.GetValue(Prefix), arguments.GetValue(Root), arguments.GetValue(User));

    private static int Install(InstallLayout layout, bool isDry)
    {
        var locations = Locations.Find();
        if (Path.GetFullPath(locations.Folder).TrimEnd('/') == layout.Staged(layout.Library))
            throw new UaasException(Failure.Usage, $"this is the installation in {layout.Library}", "install from a clone: ./uaas install; or somewhere else: --prefix DIR");
        var installation = new Installation(locations, layout);
        string size = (installation.Size / Mebibyte).ToString("0", CultureInfo.InvariantCulture);
        Console.Out.WriteLine($"{(isDry ? "would copy" : "copy")} {installation.Copied.Count} files, {size} MiB, to {layout.Staged(layout.Library)}");
        foreach (WrittenFile file in installation.Written)
        {
            string path = layout.Staged(file.Path);
            Console.Out.WriteLine(file.IsPeoples && File.Exists(path) ? $"leave {path} as it is" : $"{(isDry ? "would write" : "write")} {path}");
        }
        if (isDry)
            return ExitCode.Ok;
        Installer.Install(installation);
        TellNext(layout);
        return ExitCode.Ok;
    }

    private static void TellNext(InstallLayout layout)
    {
        string systemctl = layout.IsUsers ? "systemctl --user" : "systemctl";
        string unit = layout.IsUsual || layout.IsUsers ? "uaas" : layout.Unit;
        if (layout.Root.Length > 0)
            Console.Out.WriteLine($"installed below {layout.Root}, to be moved to /");
        else if (!Directory.Exists("/run/systemd/system"))
            Console.Out.WriteLine($"installed. systemd does not run here: the unit {layout.Unit} is of no use yet; without it: {layout.Command} serve");
        else
            Console.Out.WriteLine($"installed. To start it, and with every boot{(layout.IsUsers ? " (loginctl enable-linger: without a login)" : "")}:\n  {systemctl} daemon-reload && {systemctl} enable --now {unit}\nWhere it runs already: {systemctl} daemon-reload && {systemctl} restart uaas");
        string bin = Path.GetDirectoryName(layout.Command)!;
        if (layout.Root.Length == 0 && !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Contains(bin))
            Console.Out.WriteLine($"{bin} is not on the PATH of this shell: export PATH={bin}:$PATH");
        if (layout.Root.Length == 0 && NodeLauncher.FindLackingPrivilege() is { } lacking && layout.IsUsers)
            Console.Out.WriteLine($"this user cannot run it yet: {lacking.Message}\n  → {lacking.Remedy}");
    }

    private static int Uninstall(InstallLayout layout, bool isDry)
    {
        IReadOnlyList<string> left = Installer.Uninstall(layout, isDry, text => Console.Out.WriteLine(isDry ? $"would {text}" : text));
        foreach (string one in left)
            Console.Out.WriteLine(one);
        if (!isDry)
            Console.Out.WriteLine($"uninstalled. What the daemon keeps is left: {StateDirectory.Find(null).Root}");
        if (!isDry && layout.Root.Length == 0 && Directory.Exists("/run/systemd/system"))
            Console.Out.WriteLine($"Where it still runs: {(layout.IsUsers ? "systemctl --user" : "systemctl")} disable --now uaas");
        return ExitCode.Ok;
    }
}
