// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Scenarios;
using Uaas.Bench.Servers;
using Xunit;

namespace Uaas.Bench.Tests;

public sealed class ReadingTests
{
    [Fact]
    public void IdleTimeIsIdleAndDiskWaitAndStolenOfAllProcessors()
    {
        const string text = "cpu  100 1 50 1000 20 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        Assert.Equal(1025, MachineTime.IdleTicks(text));
    }

    [Fact]
    public void ProcessTimeCountsItsOwnAndItsEndedChildrensWhateverItsNameIs()
    {
        const string text = "7 (a) R 9 (b) S 1 7 7 0 -1 4194560 10 20 30 40 11 22 33 44 20 0 1 0 100 1000 10";
        Assert.Equal(110, MachineTime.ProcessTicks(text));
    }

    [Fact]
    public void KernelsInterruptThreadsAreNotBystanders()
    {
        const int kernelThread = 69238848;
        string fields = $"S 2 0 0 0 -1 {kernelThread} 0 0 0 0 0 500 0 0 20 0 1 0 5 0 0";
        Assert.Equal(0, MachineTime.ProcessTicks($"14 (ksoftirqd/0) {fields}"));
        Assert.Equal(500, MachineTime.ProcessTicks($"15 (kworker/0:1) {fields}"));
    }

    [Fact]
    public void TimeOfServersIsWhatBystandersAndIdlenessLeave()
    {
        var before = new MachineTime(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
        var after = new MachineTime(TimeSpan.FromSeconds(14), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(1), MachineTime.OfServers(before, after));
    }

    [Fact]
    public void MemoryFieldIsFoundByItsWholeKeyAtTheStartOfALine()
    {
        const string text = "55d0-7ff rollup\nRss:  1676 kB\nPss:   165 kB\nPss_Anon:   120 kB\n";
        Assert.Equal(165, MemoryUse.Field(text, "Pss:"));
        Assert.Equal(120, MemoryUse.Field(text, "Pss_Anon:"));
        Assert.Throws<InvalidDataException>(() => MemoryUse.Field(text, "Swap:"));
    }

    [Fact]
    public void WrkReportIsReadFromAmongItsOtherLines()
    {
        WrkResult result = WrkResult.Parse("Running 2s test\nuaas-report 200000 2000000 1000 3 280 1000 5000\nbye\n");
        Assert.Equal(new WrkResult(200000, TimeSpan.FromSeconds(2), 1000, 3, 280, 1000, 5000), result);
        Assert.Equal(100000, result.RequestsPerSecond);
    }

    [Theory]
    [InlineData("unable to connect to 10.77.0.2:80 Connection refused\n")]
    [InlineData("uaas-report 1 2 3\n")]
    public void WrkThatDidNotReportIsAnError(string output) => Assert.Throws<InvalidDataException>(() => WrkResult.Parse(output));

    [Fact]
    public void BootLineTellsMilliseconds() =>
        Assert.Equal(TimeSpan.FromMilliseconds(0.312), BootLine.Parse("info content files=3\ninfo ready service=http platform=spt boot_ms=0.312\n"));

    [Theory]
    [InlineData("")]
    [InlineData("error bad_argument word=ready boot_ms\n")]
    [InlineData("info drained boot_ms=7\n")]
    public void LogWithoutABootLineTellsNothing(string log) => Assert.Null(BootLine.Parse(log));

    [Fact]
    public void CountersAreReadByNameWithTheirLabels()
    {
        const string text = "# HELP a b\n# TYPE a counter\nrequests_total 12\nresponses{class=\"2xx\"} 7\nnonsense\n";
        Assert.Equal(new Dictionary<string, double> { ["requests_total"] = 12, ["responses{class=\"2xx\"}"] = 7 }, GuestCounters.Parse(text));
    }

    [Fact]
    public void InitialFileSystemHasFoldersBeforeTheirFilesAndAlignedEntries()
    {
        var stream = new MemoryStream();
        using (var archive = new CpioArchive(stream))
        {
            archive.AddFile("a/b/file", "12345"u8);
            archive.AddDirectory("a");
        }

        // As the kernel describes its initramfs buffers: 110 bytes of header in ASCII, name with NUL, both padded to 4, then content.
        string text = Encoding.ASCII.GetString(stream.ToArray());
        Assert.Equal(0, text.Length % 4);
        int a = text.IndexOf("a\0", StringComparison.Ordinal);
        int b = text.IndexOf("a/b\0", StringComparison.Ordinal);
        int file = text.IndexOf("a/b/file\0", StringComparison.Ordinal);
        Assert.Equal(110, a);
        Assert.True(a < b && b < file);
        Assert.Equal(1, text.Split("a\0").Length - 1);
        Assert.Equal("070701", text[(file - 110)..][..6]);
        Assert.Equal("00000005", text[(file - 110 + 54)..][..8]);
        Assert.Equal("12345\0\0\0", text[(file + 10)..][..8]);
        Assert.Contains("TRAILER!!!\0", text, StringComparison.Ordinal);
    }
}
