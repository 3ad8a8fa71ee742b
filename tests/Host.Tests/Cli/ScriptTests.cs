// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Uaas.Cli;
using Xunit;

namespace Uaas.Host.Tests.Cli;

/// <summary>The script <c>./uaas</c> on a machine without the .NET SDK: in a folder of its own, with programs that are made up.</summary>
public sealed class ScriptTests : IDisposable
{
    private const string NoDotnet = "#!/bin/sh\nexit 1\n";
    private const string GoodDotnet = "#!/bin/sh\necho \"dotnet $*\" >>\"$HOME/calls\"\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;

    public ScriptTests()
    {
        File.Copy(Path.Combine(Locations.Find().Repository, "uaas"), Path.Combine(_folder, "uaas"));
        foreach (string folder in new[] { "src", "sdk", "native", "tests/Guests", "home" }) Directory.CreateDirectory(Path.Combine(_folder, folder));
        foreach (string file in new[] { "build.proj", "Directory.Build.props", "global.json" }) File.WriteAllText(Path.Combine(_folder, file), "");
        foreach (string program in new[] { "gcc", "ld.lld", "objcopy" }) Program(program, "#!/bin/sh\n");
        Program("dotnet", NoDotnet);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Without_the_SDK_it_says_how_to_get_it_and_installs_nothing()
    {
        Program("curl", NoDotnet);
        (int code, string errors) = await BuildAsync([]);
        Assert.Equal(1, code);
        Assert.Contains("curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0", errors, StringComparison.Ordinal);
        Assert.Contains("UAAS_INSTALL_DOTNET=1", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "home", ".dotnet")));
    }

    [Fact]
    public async Task Asked_to_it_installs_the_SDK_for_this_user_and_builds()
    {
        string install = $"#!/bin/bash\nmkdir -p \"$HOME/.dotnet\"\ncat >\"$HOME/.dotnet/dotnet\" <<'END'\n{GoodDotnet}END\nchmod +x \"$HOME/.dotnet/dotnet\"\n";
        Program("curl", $"#!/bin/sh\ncat <<'SCRIPT'\n{install}SCRIPT\n");
        (int code, string errors) = await BuildAsync(new() { ["UAAS_INSTALL_DOTNET"] = "1" });
        Assert.True(code == 0, errors);
        Assert.Contains("dotnet build", await File.ReadAllTextAsync(Path.Combine(_folder, "home", "calls")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_installation_that_fails_is_told()
    {
        Program("curl", "#!/bin/sh\nexit 6\n");
        (int code, string errors) = await BuildAsync(new() { ["UAAS_INSTALL_DOTNET"] = "1" });
        Assert.Equal(1, code);
        Assert.Contains("it could not be installed", errors, StringComparison.Ordinal);
    }

    private void Program(string name, string text)
    {
        string path = Path.Combine(_folder, "programs", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<(int Code, string Errors)> BuildAsync(Dictionary<string, string> environment)
    {
        ProcessStartInfo start = new("/bin/bash", [Path.Combine(_folder, "uaas"), "build"]) { RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["HOME"] = Path.Combine(_folder, "home");
        start.Environment["PATH"] = Path.Combine(_folder, "programs") + ":/usr/bin:/bin";
        start.Environment.Remove("DOTNET_ROOT");
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process script = Process.Start(start)!;
        script.StandardInput.Close();
        string errors = await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        return (script.ExitCode, errors);
    }
}
