// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>Solo5's own guests on our tender, and our guests on Solo5's, where a build of Solo5 is at hand.</summary>
[Trait("Needs", "solo5")]
public class InteropTests
{
    private const int Aborted = 255;
    private const int KilledByFault = 139;
    private const int KilledBySystemCall = 159;

    [Solo5Theory]
    [InlineData("hello", "Hello_Solo5")]
    [InlineData("quiet", "--solo5:quiet")]
    [InlineData("globals", "")]
    [InlineData("fpu", "")]
    [InlineData("time", "")]
    [InlineData("tls", "")]
    [InlineData("ssp", "", Aborted, "ABORT")]
    [InlineData("abort", "", Aborted, "ABORT")]
    [InlineData("exception", "", KilledByFault, "")]
    [InlineData("zeropage", "", KilledByFault, "")]
    [InlineData("notls", "", KilledByFault, "")]
    [InlineData("seccomp", "", KilledBySystemCall, "")]
    public void Solo5s_guests_run_on_our_spt(string test, string word, int status = 0, string expected = "SUCCESS") => CheckOurs("spt", test, word, status, expected);

    [Solo5HvtTheory]
    [InlineData("hello", "Hello_Solo5")]
    [InlineData("quiet", "--solo5:quiet")]
    [InlineData("globals", "")]
    [InlineData("fpu", "")]
    [InlineData("time", "")]
    [InlineData("tls", "")]
    [InlineData("ssp", "", Aborted, "ABORT")]
    [InlineData("abort", "", Aborted, "ABORT")]
    [InlineData("exception", "", Aborted, "")]
    [InlineData("zeropage", "", Aborted, "")]
    public void Solo5s_guests_run_on_our_hvt(string test, string word, int status = 0, string expected = "SUCCESS") => CheckOurs("hvt", test, word, status, expected);

    [Solo5Fact]
    public void Solo5s_block_guest_runs_on_our_spt()
    {
        string disk = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(disk, new byte[1 << 20]);
            using TenderRun run = new("spt", ["--mem=32", $"--block:storage={disk}", Guest("blk", "spt")]);
            Assert.Equal(0, run.Wait());
            Assert.Contains("SUCCESS", run.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(disk);
        }
    }

    [Solo5Theory]
    [InlineData("hello", "", 0, "hello from a unikernel in C#")]
    [InlineData("clock", "", 0, "the clock never goes back")]
    [InlineData("faults", "panic", Aborted, "panic: index out of range")]
    [InlineData("faults", "exit 042", 42, "")]
    public void Our_guests_run_on_Solo5s_spt(string guest, string words, int status, string expected) => CheckTheirs("spt", guest, words, status, expected);

    [Solo5HvtTheory]
    [InlineData("hello", "", 0, "hello from a unikernel in C#")]
    [InlineData("clock", "", 0, "the clock never goes back")]
    [InlineData("faults", "panic", Aborted, "panic: index out of range")]
    [InlineData("faults", "exit 042", 42, "")]
    public void Our_guests_run_on_Solo5s_hvt(string guest, string words, int status, string expected) => CheckTheirs("hvt", guest, words, status, expected);

    private static void CheckOurs(string platform, string test, string word, int status, string expected)
    {
        using TenderRun run = new(platform, ["--mem=32", Guest(test, platform), .. Words(word)]);
        Assert.Equal(status, run.Wait());
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
    }

    private static void CheckTheirs(string platform, string guest, string words, int status, string expected)
    {
        string tender = Path.Combine(Solo5Build.Folder!, "tenders", platform, $"solo5-{platform}");
        using Process process = Process.Start(
            new ProcessStartInfo(tender, ["--mem=32", "--", BuiltPrograms.Guest(guest, platform), .. Words(words)]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(status, process.ExitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    private static string Guest(string test, string platform) => Path.Combine(Solo5Build.Folder!, "tests", $"test_{test}", $"test_{test}.{platform}");

    private static string[] Words(string words) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Where Solo5 was built.</summary>
internal static class Solo5Build
{
    internal static string? Folder { get; } = Environment.GetEnvironmentVariable("UAAS_SOLO5_DIR");

    internal static string? Obstacle => Directory.Exists(Folder) ? null : "needs a build of Solo5 in UAAS_SOLO5_DIR";

    internal static string? HvtObstacle => Obstacle ?? (File.Exists("/dev/kvm") ? null : "needs KVM");
}

/// <summary>A test that needs a build of Solo5.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Solo5FactAttribute : FactAttribute
{
    public Solo5FactAttribute() => Skip = Solo5Build.Obstacle;
}

/// <summary>A theory that needs a build of Solo5.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Solo5TheoryAttribute : TheoryAttribute
{
    public Solo5TheoryAttribute() => Skip = Solo5Build.Obstacle;
}

/// <summary>A theory that needs a build of Solo5, and KVM.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Solo5HvtTheoryAttribute : TheoryAttribute
{
    public Solo5HvtTheoryAttribute() => Skip = Solo5Build.HvtObstacle;
}
