// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace Uaas.Sdk.Tests;

/// <summary>Whole builds of tiny unikernels, with the analyzers off: what the tools then say, and that nothing is built in vain.</summary>
public sealed class BuildTests
{
    private const string Head = "using System; using Uaas.Platform; internal static class Program {\n";

    [Fact]
    public void WhatTheLinkerMissesIsToldAsCSharpAtItsLine()
    {
        string output = Build("throws", Head + "internal static void Main() { if (Machine.Now > 5) throw new Exception(); } }", succeeds: false);
        Assert.Contains("Program.cs(2): error UAAS200: 'throws_Program.Main' uses exceptions", output);
        Assert.DoesNotContain("MSB3073", output);
    }

    [Fact]
    public void WhatIlcMissesIsToldAsCSharpInItsMethod()
    {
        const string Source = Head + """
            abstract class A { public abstract int F<T>(); }
            sealed class B : A { public override int F<T>() => 1; }
            sealed class C : A { public override int F<T>() => 2; }
            internal static void Main() { A a = Machine.Now > 5 ? new B() : new C(); Machine.Exit(a.F<int>()); } }
            """;
        Assert.Contains("error UAAS202: 'Program.Main()' uses a generic virtual method", Build("generic", Source, succeeds: false));
    }

    [Fact]
    public void TheSameSourcesGiveTheSameBytesAnywhereAndAreBuiltOnce()
    {
        const string Source = Head + "internal static void Main() { Machine.Write(\"twice\"u8); if (Machine.Now < 0) Environment.FailFast(\"never\"); } }";
        Build("twice", Source, succeeds: true);
        string first = ImageOf("twice");
        DateTime written = File.GetLastWriteTimeUtc(first);
        Assert.DoesNotContain("-> " + first, Build("twice", Source, succeeds: true));
        Assert.Equal(written, File.GetLastWriteTimeUtc(first));

        Build("elsewhere/twice", Source, succeeds: true);
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(ImageOf("elsewhere/twice")));

        Assert.Contains("-> " + first, Build("twice", Source.Replace("twice", "changed", StringComparison.Ordinal), succeeds: true));
        Assert.NotEqual(File.ReadAllBytes(first), File.ReadAllBytes(ImageOf("elsewhere/twice")));
    }

    private static string FolderOf(string name) => Path.Combine(AppContext.BaseDirectory, "guests", name);

    private static string ImageOf(string name) => Path.Combine(FolderOf(name), "images", Path.GetFileName(name) + ".spt");

    private static string Build(string name, string source, bool succeeds)
    {
        string folder = FolderOf(name);
        Directory.CreateDirectory(folder);
        string project = Path.Combine(folder, Path.GetFileName(name) + ".csproj");
        WriteWhenDifferent(project, $"""
            <Project>
              <Import Project="{GuestCompilation.RepositoryRoot}sdk/Unikernel.props" />
              <PropertyGroup>
                <RunAnalyzers>false</RunAnalyzers>
                <UnikernelPlatforms>spt</UnikernelPlatforms>
                <UnikernelOutput>$(MSBuildProjectDirectory)/images/</UnikernelOutput>
              </PropertyGroup>
              <Import Project="{GuestCompilation.RepositoryRoot}sdk/Unikernel.targets" />
            </Project>
            """);
        WriteWhenDifferent(Path.Combine(folder, "Program.cs"), source);

        // What the project refers to was built with the tests.
        string[] arguments = ["build", project, "-c", GuestCompilation.Configuration, "--nologo", "-v:m", "-m:1", "-p:BuildProjectReferences=false", "-tl:off"];
        ProcessStartInfo start = new("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string variable in start.Environment.Keys.Where(static key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(variable);
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 == succeeds, output);
        return output;
    }

    private static void WriteWhenDifferent(string file, string text)
    {
        if (!File.Exists(file) || File.ReadAllText(file) != text) File.WriteAllText(file, text);
    }
}
