// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>A C# project that becomes a service: built by the .NET SDK each time it is run, which costs little when nothing has changed.</summary>
internal sealed class ServiceProject
{
    private const string ProjectExtension = ".csproj";

    private readonly string _file;

    private ServiceProject(string file) => _file = file;

    /// <summary>The project that a word names: its file, or the directory that it is in. Null where it names neither.</summary>
    /// <exception cref="UaasException">It names a directory without a project, or with several.</exception>
    internal static ServiceProject? Find(string word)
    {
        if (word.EndsWith(ProjectExtension, StringComparison.Ordinal) && File.Exists(word))
            return new ServiceProject(Path.GetFullPath(word));
        if (!Directory.Exists(word))
            return null;
        string[] projects = Directory.GetFiles(word, "*" + ProjectExtension);
        return projects.Length switch
        {
            1 => new ServiceProject(Path.GetFullPath(projects[0])),
            0 => throw new UaasException(Failure.Usage, $"there is no C# project in {word}", "make one: dotnet new uaas-service -o MyService; to serve a directory: uaas run http --content DIR"),
            _ => throw new UaasException(Failure.Usage, $"there are several projects in {word}", $"name one: {string.Join(", ", projects.Select(Path.GetFileName).Order(StringComparer.Ordinal))}"),
        };
    }

    /// <summary>Builds it. What a build that fails has to say goes to standard error.</summary>
    /// <exception cref="UaasException">It does not build, or is no project of a unikernel.</exception>
    internal async Task<RunTarget> BuildAsync()
    {
        await Console.Error.WriteLineAsync($"uaas: building {Path.GetFileName(_file)}").ConfigureAwait(false);
        await RunDotnetAsync(["build", _file, "-c", "Release", "--nologo", "-v:q", "-clp:NoSummary", "-tl:off"]).ConfigureAwait(false);
        string described = await RunDotnetAsync(
            ["msbuild", _file, "-nologo", "-p:Configuration=Release", "-getProperty:UnikernelName", "-getProperty:UnikernelOutput", "-getProperty:UnikernelMemory", "-getItem:UnikernelBlock"]).ConfigureAwait(false);
        using JsonDocument json = JsonDocument.Parse(described);
        JsonElement properties = json.RootElement.GetProperty("Properties");
        string name = properties.GetProperty("UnikernelName").GetString()!;
        string output = properties.GetProperty("UnikernelOutput").GetString()!;
        if (name.Length == 0 || output.Length == 0)
            throw new UaasException(Failure.Usage, $"{_file} is no project of a unikernel", "its SDK is Uaas.Sdk: see docs/your-own-service.md");
        bool hasContent = json.RootElement.GetProperty("Items").GetProperty("UnikernelBlock").EnumerateArray().Any(block => block.GetProperty("Identity").GetString() == ContentImage.DeviceName);
        var service = new ServiceDescription
        {
            Name = name,
            Title = "a service of one's own",
            Content = hasContent ? ContentUse.Required : ContentUse.None,
            MemoryMebibytes = int.TryParse(properties.GetProperty("UnikernelMemory").GetString(), out int memory) ? memory : new ServiceDescription { Name = name, Title = "" }.MemoryMebibytes,
        };
        return new RunTarget(service, kind => ImageIn(output, name, kind));
    }

    private string ImageIn(string output, string name, string kind)
    {
        string image = Path.Combine(Path.GetDirectoryName(_file)!, output, $"{name}.{kind}");
        return File.Exists(image) ? image : throw new UaasException(Failure.NotBuilt, $"{_file} builds no image for {kind}", "add it to UnikernelPlatforms in the project");
    }

    private async Task<string> RunDotnetAsync(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, WorkingDirectory = Path.GetDirectoryName(_file)! };
        using Process process = Start(start);
        string output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (process.ExitCode != 0)
            await Console.Error.WriteAsync(output).ConfigureAwait(false);
        if (process.ExitCode != 0)
            throw new UaasException(Failure.NotBuilt, $"{_file} does not build", "what is wrong is told above; UAAS numbers are explained in docs/sdk.md");
        return output;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new UaasException(Failure.NotBuilt, $"dotnet cannot be started: {e.Message}", "install the .NET 10 SDK, and have it on PATH", e);
        }
    }
}
