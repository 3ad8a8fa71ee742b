// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Cli.Installing;
using Xunit;

namespace Uaas.Host.Tests.Cli;

/// <summary><c>uaas install</c> and <c>uaas uninstall</c>, in scratch directories.</summary>
[Trait("Needs", "the images")]
public sealed class InstallTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-install-").FullName;

    private string Prefix => Path.Combine(_folder, "prefix");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceFact(Privilege.OwnRoot)]
    public async Task What_is_installed_works_without_the_clone()
    {
        Assert.Contains("installed", await OutputAsync("install", "--prefix", Prefix), StringComparison.Ordinal);
        string clone = Locations.Find().Repository;
        foreach (string file in Files().Where(file => !file.Contains("/lib/uaas/", StringComparison.Ordinal)))
            Assert.DoesNotContain(clone, await File.ReadAllTextAsync(file), StringComparison.Ordinal);

        // The clone is covered up, for this command alone.
        string site = Path.Combine(_folder, "site");
        Directory.CreateDirectory(site);
        await File.WriteAllTextAsync(Path.Combine(site, "index.html"), "<p>installed");
        string script = $"mount -t tmpfs none '{clone}' && cd / && '{Prefix}/bin/uaas' doctor --json && exec '{Prefix}/bin/uaas' run http --vmm spt --quiet --port 0 --content '{site}'";
        var start = new ProcessStartInfo("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script]) { RedirectStandardOutput = true };
        start.Environment.Remove("UAAS_HOME");
        using var command = Process.Start(start)!;
        Assert.Contains("\"chosen\"", await command.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        string? ready = await command.StandardOutput.ReadLineAsync();
        Assert.StartsWith("ready http://", ready, StringComparison.Ordinal);
        using var client = new System.Net.Http.HttpClient();
        Assert.Equal("<p>installed", await client.GetStringAsync(new Uri(ready!["ready ".Length..])));
        using var kill = Process.Start("/bin/kill", ["-INT", $"{command.Id}"]);
        await command.WaitForExitAsync();
        Assert.Equal(0, command.ExitCode);
    }

    [ServiceFact]
    public async Task Installing_again_changes_nothing_and_uninstalling_leaves_what_people_changed()
    {
        await OutputAsync("install", "--prefix", Prefix);
        string options = Path.Combine(Prefix, "etc", "default", "uaas");
        await File.WriteAllTextAsync(options, "UAAS_SERVE_OPTIONS=--port=80\n");
        string[] first = Files();
        Assert.Contains($"leave {options} as it is", await OutputAsync("install", "--prefix", Prefix), StringComparison.Ordinal);
        Assert.Equal(first, Files());
        Assert.DoesNotContain(first, file => file.EndsWith(".debug", StringComparison.Ordinal) || Path.GetFileName(file).StartsWith("faults.", StringComparison.Ordinal));

        string dry = await OutputAsync("uninstall", "--prefix", Prefix, "--dry-run");
        Assert.Contains($"would remove {Prefix}/bin/uaas", dry, StringComparison.Ordinal);
        Assert.Equal(first, Files());
        Assert.Contains($"{options} has been changed and is left", await OutputAsync("uninstall", "--prefix", Prefix), StringComparison.Ordinal);
        Assert.Equal([options], Files());
        (int code, _, string errors) = await Command.RunAsync(null, "uninstall", "--prefix", Prefix);
        Assert.Equal((ExitCode.NotFound, true), (code, errors.Contains("nothing is installed", StringComparison.Ordinal)));
    }

    [ServiceFact]
    public async Task A_dry_run_writes_nothing()
    {
        string said = await OutputAsync("install", "--prefix", Prefix, "--dry-run");
        Assert.Contains($"would write {Prefix}/lib/systemd/system/uaas.service", said, StringComparison.Ordinal);
        Assert.Contains("would copy ", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Prefix));
    }

    [ServiceFact]
    public async Task A_root_stands_for_the_machines()
    {
        await OutputAsync("install", "--root", _folder);
        string unit = await File.ReadAllTextAsync(Path.Combine(_folder, "etc/systemd/system/uaas.service"));
        Assert.Contains("ExecStart=/usr/local/bin/uaas serve ", unit, StringComparison.Ordinal);
        Assert.Contains("'/usr/local/lib/uaas/cli/uaas'", await File.ReadAllTextAsync(Path.Combine(_folder, "usr/local/bin/uaas")), StringComparison.Ordinal);

        // What systemd does not understand in a unit it says, and goes on.
        using var verify = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"command -v systemd-analyze >/dev/null || exit 0; systemd-analyze --root='{_folder}' verify /etc/systemd/system/uaas.service 2>&1 | grep -E 'uaas.service:[0-9]+|Unknown|Invalid|ignoring'"]) { RedirectStandardOutput = true })!;
        Assert.Equal("", await verify.StandardOutput.ReadToEndAsync());
        await OutputAsync("uninstall", "--root", _folder);
        Assert.Empty(Files());
    }

    [ServiceFact]
    public async Task A_user_installs_at_home()
    {
        var home = new Dictionary<string, string> { ["HOME"] = _folder, ["XDG_CONFIG_HOME"] = "" };
        (int code, _, string errors) = await Command.RunAsync(home, "install", "--user");
        Assert.True(code == ExitCode.Ok, errors);
        foreach (string file in new[] { ".local/bin/uaas", ".local/lib/uaas/cli/uaas", ".config/systemd/user/uaas.service", ".config/uaas/serve.env", ".local/share/bash-completion/completions/uaas" })
            Assert.True(File.Exists(Path.Combine(_folder, file)), file);
        Assert.Equal(0, (await Command.RunAsync(home, "uninstall", "--user")).Code);
        Assert.DoesNotContain(Files(), file => !file.Contains("/.cache/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_written_is_said()
    {
        (int code, _, string errors) = await Command.RunAsync(null, "install", "--prefix", "/proc/uaas");
        Assert.True(code is ExitCode.Privilege or ExitCode.NotBuilt, errors);
        (code, _, errors) = await Command.RunAsync(null, "install", "--user", "--root", _folder);
        Assert.Equal((ExitCode.Usage, true), (code, errors.Contains("exclude each other", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_unit_has_no_more_rights_than_it_says_why(bool isUsers)
    {
        string unit = UnitFile.Write(new InstallLayout { Prefix = "/usr/local", IsUsers = isUsers });
        string[] settings = [.. unit.Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))];
        Assert.Contains("Delegate=yes", settings);
        Assert.Contains("Type=notify", settings);
        Assert.DoesNotContain("PrivateTmp=yes", settings);
        Assert.Equal(settings.Length, settings.Distinct().Count());
        string[] granted = [.. settings.Where(line => line.StartsWith("CapabilityBoundingSet=", StringComparison.Ordinal)).SelectMany(line => line.Split('=')[1].Split(' '))];
        Assert.Equal(isUsers ? 0 : 1, settings.Count(line => line.StartsWith("CapabilityBoundingSet=", StringComparison.Ordinal)));
        string reasons = string.Join('\n', unit.Split('\n').Where(line => line.StartsWith('#')));
        Assert.All(granted, one => Assert.Contains(one["CAP_".Length..], reasons, StringComparison.Ordinal));
    }

    /// <summary>systemd.exec(5), NoNewPrivileges=: a user's manager turns it on with any of these.</summary>
    [Fact]
    public void A_users_unit_lets_newuidmap_gain_privilege()
    {
        string[] barring = ["SystemCall", "Restrict", "Protect", "Private", "LockPersonality", "MemoryDenyWriteExecute", "DynamicUser", "NoNewPrivileges"];
        string[] settings = [.. UnitFile.Write(new InstallLayout { Prefix = "/srv/ann/.local", IsUsers = true }).Split('\n').Where(line => !line.StartsWith('#'))];
        Assert.DoesNotContain(settings, line => barring.Any(one => line.StartsWith(one, StringComparison.Ordinal)));
    }

    private string[] Files() => [.. Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static async Task<string> OutputAsync(params string[] arguments)
    {
        (int code, string output, string errors) = await Command.RunAsync(null, arguments);
        Assert.True(code == ExitCode.Ok, $"{string.Join(' ', arguments)} ended with {code}: {errors}");
        return output;
    }
}
