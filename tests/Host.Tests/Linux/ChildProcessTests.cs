// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;
using Xunit;

namespace Uaas.Host.Tests.Linux;

public sealed class ChildProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("exit 0", 0, 0)]
    [InlineData("exit 125", 125, 0)]
    [InlineData("kill -9 $$", 0, 9)]
    [InlineData("kill -15 $$", 0, 15)]
    public async Task Says_how_the_process_ended(string script, int code, int signal)
    {
        (ProcessExit exit, _) = await RunAsync(["-c", script]);
        Assert.Equal((code, signal), (signal == 0 ? exit.Code : 0, exit.Signal));
    }

    [Fact]
    public async Task Passes_arguments_unchanged()
    {
        string[] awkward = ["", " ", "a b", "\"quoted\"", "$HOME", "*", "new\nline", "smörgås 🍞", "--", "\\"];
        (_, string output) = await RunAsync(["-c", "for a in \"$@\"; do printf '%s\\0' \"$a\"; done", "sh", .. awkward]);
        Assert.Equal(string.Join('\0', awkward) + '\0', output);
    }

    [Fact]
    public async Task Passes_on_the_named_descriptors_and_no_others()
    {
        using var other = new Pipe();
        using var named = new Pipe();
        Clear(other.WriteEnd);
        (_, string output) = await RunAsync(["-c", "ls /proc/$$/fd"], [named.WriteEnd]);
        string[] numbers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Array.Sort(numbers, (a, b) => int.Parse(a, null).CompareTo(int.Parse(b, null)));
        Assert.Equal(["0", "1", "2", named.WriteEnd.DangerousGetHandle().ToString()], numbers);
    }

    [Fact]
    public async Task Starts_with_no_signal_blocked_or_ignored()
    {
        (_, string output) = await RunAsync(["-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status"]);
        Assert.Equal("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", output);
    }

    [Fact]
    public async Task Kills_what_does_not_end_when_asked()
    {
        using var output = new Pipe();
        using ChildProcess child = Start(["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"], output.WriteEnd, []);
        await ReadUntilAsync(output.ReadEnd, "ready");
        ProcessExit exit = await child.StopAsync(TimeSpan.FromMilliseconds(50)).WaitAsync(Patience);
        Assert.Equal(9, exit.Signal);
    }

    [Fact]
    public async Task Signals_after_the_end_do_nothing()
    {
        using var output = new Pipe();
        using ChildProcess child = Start(["-c", "exit 3"], output.WriteEnd, []);
        Assert.Equal(3, (await child.Exited.WaitAsync(Patience)).Code);
        child.Terminate();
        child.Kill();
    }

    [Fact]
    public void A_program_that_is_not_there_is_named()
    {
        var e = Assert.Throws<SystemCallException>(() => ChildProcess.Start(new ChildProcessStart { Program = "/no/such/program", Arguments = [] }));
        Assert.Equal(Errno.NoEntry, e.Error);
        Assert.Contains("/no/such/program", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unnamed_file_can_be_opened_by_the_child_and_has_no_name()
    {
        string folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;
        try
        {
            using var file = UnnamedFile.Create(folder);
            RandomAccess.Write(file.Descriptor, "content"u8, 0);
            Assert.Empty(Directory.GetFileSystemEntries(folder));
            (_, string output) = await RunAsync(["-c", "cat \"$1\"", "sh", file.Path], [file.Descriptor]);
            Assert.Equal("content", output);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    private static async Task<(ProcessExit Exit, string Output)> RunAsync(string[] arguments, IReadOnlyList<SafeHandle>? inherited = null)
    {
        using var output = new Pipe();
        using ChildProcess child = Start(arguments, output.WriteEnd, inherited ?? []);
        output.WriteEnd.Dispose();
        string text = await ReadUntilAsync(output.ReadEnd, null);
        return (await child.Exited.WaitAsync(Patience), text);
    }

    private static ChildProcess Start(string[] arguments, SafeFileHandle output, IReadOnlyList<SafeHandle> inherited) => ChildProcess.Start(new ChildProcessStart
    {
        Program = "/bin/sh",
        Arguments = arguments,
        Inherited = inherited,
        Output = output,
        OwnSession = true,
    });

    /// <summary>Reads until the text has come, or to the end.</summary>
    private static async Task<string> ReadUntilAsync(SafeFileHandle from, string? text)
    {
        var all = new List<byte>();
        byte[] buffer = new byte[4096];
        var done = new TaskCompletionSource();
        DescriptorLoop.Shared.Watch(from, () =>
        {
            int count = Pipe.Read(from, buffer);
            for (int i = 0; i < count; i++)
                all.Add(buffer[i]);
            if (count != 0 && (text is null || !Encoding.UTF8.GetString([.. all]).Contains(text, StringComparison.Ordinal)))
                return true;
            done.SetResult();
            return false;
        });
        await done.Task.WaitAsync(Patience);
        return Encoding.UTF8.GetString([.. all]);
    }

    /// <summary>Takes the close-on-exec flag away, as a descriptor from a careless parent would lack it.</summary>
    private static void Clear(SafeFileHandle descriptor) => Assert.Equal(0, Libc.FileControl(descriptor, 2, 0));
}
