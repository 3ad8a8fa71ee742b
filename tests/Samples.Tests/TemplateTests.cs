// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Threading.Tasks;
using Uaas.Host.Tests;
using Uaas.Services.Tests;
using Xunit;

namespace Uaas.Samples.Tests;

/// <summary>
/// A service of one's own, made as its guide says in a folder outside of the repository, from nothing but the packages that the repository makes. Packages and the
/// templates that are installed go to folders of the test's own.
/// </summary>
public sealed class TemplateTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("uaas-own-");

    private static string Root => BootedSamples.RepositoryRoot;

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    [MonitorFact("spt", Privilege.None)]
    public async Task A_service_made_from_the_template_builds_and_serves_outside_of_the_repository()
    {
        await RunAsync("dotnet", "pack", Root + "sdk/Package/Package.csproj", "-c", "Release", "--nologo", "-v:q");
        await RunAsync("dotnet", "pack", Root + "templates/Uaas.Templates.csproj", "-c", "Release", "--nologo", "-v:q");
        string templates = Directory.GetFiles(Root + "out/packages", "Uaas.Templates.*.nupkg").Max(StringComparer.Ordinal)!;
        await RunAsync("dotnet", "new", "install", templates);
        await RunAsync("dotnet", "new", "uaas-service", "-o", "MyService");
        using Process uaas = Start(Root + "out/cli/uaas", "run", "./MyService", "--vmm", "spt", "--port", "0", "--quiet");
        Task<string> errors = uaas.StandardError.ReadToEndAsync();
        try
        {
            string? ready = await uaas.StandardOutput.ReadLineAsync().WaitAsync(s_patience);
            Assert.True(ready?.StartsWith("ready http", StringComparison.Ordinal) == true, ready ?? await errors);
            using HttpClient client = new() { BaseAddress = new Uri(ready!["ready ".Length..]) };
            Assert.Equal("Hello, world!\n", await client.GetStringAsync("/"));
            Assert.Equal("""{"hello":"reader"}""", await client.GetStringAsync("/hello/reader"));
        }
        finally
        {
            using Process stop = Process.Start("/bin/kill", ["-INT", $"{uaas.Id}"]);
            await uaas.WaitForExitAsync().WaitAsync(s_patience);
        }

        Assert.Equal(0, uaas.ExitCode);
    }

    [Fact]
    public async Task The_repositorys_folder_is_a_source_of_templates_too()
    {
        await RunAsync("dotnet", "new", "install", Root + "templates");
        await RunAsync("dotnet", "new", "uaas-service", "-o", "Another");
        Assert.Contains("\"Another\"u8", await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "Another", "Program.cs")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "Another", "Another.csproj")));
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
        await process.WaitForExitAsync().WaitAsync(s_patience);
        Assert.True(process.ExitCode == 0, new StringBuilder().AppendJoin(' ', arguments).AppendLine().Append(output).Append(await errors).ToString());
    }

    private Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = _folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string variable in start.Environment.Keys.Where(static key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(variable);
        start.Environment["DOTNET_CLI_HOME"] = Path.Combine(_folder.FullName, "home");
        start.Environment["DOTNET_EnableDiagnostics"] = "0";

        // What is packed is built with the packages that are here; what is made of it, with none but those that it asks for.
        if (!arguments.Contains("pack")) start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder.FullName, "packages");
        return Process.Start(start)!;
    }
}
