// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;

namespace Uaas.Sdk.Tests;

/// <summary>Arenas in a guest that runs on the spt tender: what may be kept is, what would outlive its arena panics where it is stored.</summary>
public sealed class ArenaTests
{
    private const int PanicStatus = 255;
    private const string KeptTooLong = "panic: an object of an arena would be kept beyond it";

    [Fact]
    public void ObjectsMayReferToWhatLivesAtLeastAsLongAndTheirMemoryIsUsedAgain()
    {
        (string output, int status) = Run("");
        Assert.Equal("SUCCESS\n", output);
        Assert.Equal(0, status);
    }

    [Theory]
    [InlineData("field", "Arena_Program__Forbidden")]
    [InlineData("static", "Arena_Program__Forbidden")]
    [InlineData("element", "Arena_Program__Forbidden")]
    [InlineData("struct", "Arena_Program__Forbidden")]
    [InlineData("wide-struct", "Arena_Program__KeepWide")]
    [InlineData("span", "Arena_Program__CopyToKept")]
    [InlineData("reference", "Arena_Program__Assign")]
    [InlineData("parent", "Arena_Program__Forbidden")]
    [InlineData("stranger", "Arena_Program__Make")]
    [InlineData("box", "Arena_Program__Box")]
    [InlineData("box-helper", "Arena_Program__BoxByHelper")]
    [InlineData("delegate", "System_Delegate__InitializeClosedInstance")]
    public void AReferenceThatWouldOutliveItsObjectPanicsWhereItIsStored(string place, string method)
    {
        (string output, int status) = Run(place);
        Assert.StartsWith(KeptTooLong, output);
        Assert.Equal(PanicStatus, status);
        Assert.Contains(method, Symbolize(output));
    }

    [Theory]
    [InlineData("full", "panic: arena full")]
    [InlineData("reset-entered", "panic: an arena was emptied while it was entered")]
    [InlineData("reset-parent", "panic: an arena was emptied before one that may refer to it")]
    public void MisuseOfAnArenaPanics(string deed, string message)
    {
        (string output, int status) = Run(deed);
        Assert.StartsWith(message, output);
        Assert.Equal(PanicStatus, status);
    }

    private static string Image => Path.Combine(GuestCompilation.RepositoryRoot, "out", "images", "arena.spt");

    private static (string Output, int Status) Run(string word) =>
        Execute(Path.Combine(GuestCompilation.RepositoryRoot, "out", "bin", "uaas-spt"), word.Length == 0 ? ["--mem=2", Image] : ["--mem=2", Image, word]);

    // As CONTRIBUTING.md says how: a panic's addresses to methods.
    private static string Symbolize(string panic)
    {
        string[] addresses = Array.FindAll(panic.Split('\n'), static line => line.StartsWith("  at ", StringComparison.Ordinal));
        return Execute("addr2line", ["-fe", Image + ".debug", .. Array.ConvertAll(addresses, static line => line[5..])]).Output;
    }

    private static (string Output, int Status) Execute(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output, process.ExitCode);
    }
}
