// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Xunit;

namespace Uaas.Pvh.Tests;

/// <summary>Forbidden things end in a panic that says what and where; and what is mapped how, as QEMU sees it.</summary>
public sealed partial class FaultTests
{
    private const ulong FirstMebibyte = 0x10_0000;
    private const int Panicked = 255;

    [QemuTheory]
    [InlineData("execute-data", "panic: execution of a page that holds no code, vector 14")]
    [InlineData("write-constant", "panic: write to a page that is read only, vector 14")]
    [InlineData("write-code", "panic: write to a page that is read only, vector 14")]
    [InlineData("null", "panic: null reference, vector 14")]
    [InlineData("stack-overflow", "panic: stack overflow, vector 14")]
    public void What_the_processor_forbids_is_told_with_registers_and_place(string deed, string message)
    {
        GuestEnd end = Qemu.Run("faults", deed);
        Assert.StartsWith(message, end.Console);
        Assert.Contains("\n  rip 0x", end.Console);
        Assert.Matches(@"\n  at 0x[0-9a-f]+\n", end.Console);
        Assert.DoesNotContain("survived", end.Console);
        Assert.Equal(Panicked, end.Status);
    }

    [QemuTheory]
    [InlineData("out-of-memory", "panic: out of memory")]
    [InlineData("panic", "panic: index out of range")]
    public void What_the_guest_finds_itself_is_told_with_its_place(string deed, string message)
    {
        GuestEnd end = Qemu.Run("faults", deed);
        Assert.StartsWith(message, end.Console);
        Assert.Matches(@"\n  at 0x[0-9a-f]+\n", end.Console);
        Assert.Equal(Panicked, end.Status);
    }

    [QemuFact]
    public void No_page_is_both_written_and_executed_and_the_first_mebibyte_is_not_mapped()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var qemu = new Qemu("faults", "idle", "-monitor", $"unix:{path},server=on,wait=off");
        Assert.Equal("idle", qemu.ReadLine());
        var pages = ReadPages(path);
        Assert.Contains(pages, p => !p.NoExecute);
        Assert.Contains(pages, p => p.Writable);
        Assert.DoesNotContain(pages, p => p.Writable && !p.NoExecute);
        Assert.DoesNotContain(pages, p => p.User);
        Assert.DoesNotContain(pages, p => p.Address < FirstMebibyte);
        File.Delete(path);
    }

    [GeneratedRegex(@"^([0-9a-f]{16}): [0-9a-f]{16} ([X-])..(?:.){4}([U-])([W-])", RegexOptions.Multiline)]
    private static partial Regex PageLine();

    // "info tlb": virtual address, physical address, then XGPDACTUW, of which X says that execution is forbidden.
    private static List<(ulong Address, bool NoExecute, bool User, bool Writable)> ReadPages(string monitor)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(monitor));
        using var stream = new NetworkStream(socket);
        using var writer = new StreamWriter(stream);
        using var reader = new StreamReader(stream);
        writer.Write("info tlb\nquit\n");
        writer.Flush();
        string answer = reader.ReadToEnd().Replace("\r", "", System.StringComparison.Ordinal);
        var pages = new List<(ulong, bool, bool, bool)>();
        foreach (Match line in PageLine().Matches(answer))
        {
            pages.Add((ulong.Parse(line.Groups[1].ValueSpan, System.Globalization.NumberStyles.HexNumber, null),
                line.Groups[2].Value == "X", line.Groups[3].Value == "U", line.Groups[4].Value == "W"));
        }

        return pages;
    }
}
