// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Uaas.Instances;
using Xunit;

namespace Uaas.Host.Tests.Instances;

public sealed class ConsoleLogTests
{
    private readonly ManualClock _clock = new();
    private readonly ConsoleLog _log;

    public ConsoleLogTests()
    {
        _log = new ConsoleLog(_clock);
    }

    [Fact]
    public void Cuts_into_lines_wherever_reads_end()
    {
        foreach (string part in new[] { "on", "e\ntw", "o\r\n", "\n", "three" })
            _log.Append(Encoding.UTF8.GetBytes(part));
        Assert.Equal(["one", "two", ""], Lines());
        _log.Complete();
        Assert.Equal(["one", "two", "", "three"], Lines());
    }

    [Fact]
    public void Gives_each_line_the_time_of_its_end()
    {
        _log.Append("a"u8);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _log.Append("b\n"u8);
        Assert.Equal(_clock.GetUtcNow(), _log.Tail()[0].Time);
    }

    [Fact]
    public void Keeps_the_last_lines_only()
    {
        for (int i = 0; i < ConsoleLog.MaxLines + 5; i++)
            _log.Append(Encoding.ASCII.GetBytes($"{i}\n"));
        Assert.Equal(ConsoleLog.MaxLines, _log.Tail().Count);
        Assert.Equal("5", _log.Tail()[0].Text);
    }

    [Fact]
    public void Cuts_a_line_without_end()
    {
        _log.Append(new byte[3 * ConsoleLog.MaxLineBytes].Select(_ => (byte)'x').ToArray());
        Assert.Equal(2, _log.Tail().Count);
        Assert.All(_log.Tail(), line => Assert.Equal(ConsoleLog.MaxLineBytes, line.Text.Length));
    }

    [Fact]
    public void Makes_control_characters_visible()
    {
        _log.Append("\e[2Jgone\0\tkept\u0085\n"u8);
        Assert.Equal("\\x1b[2Jgone\\x00\tkept\\x85", Lines().Single());
    }

    [Fact]
    public void Takes_bytes_that_are_no_text()
    {
        _log.Append([0xff, 0xfe, (byte)'a', (byte)'\n']);
        Assert.Equal("\ufffd\ufffda", Lines().Single());
    }

    [Fact]
    public void Tells_of_each_line_as_it_comes()
    {
        var seen = new List<string>();
        _log.Follow(line => seen.Add(line.Text));
        _log.Append("a\nb\nc"u8);
        Assert.Equal(["a", "b"], seen);
    }

    [Fact]
    public void Tells_who_follows_late_of_what_came_before()
    {
        var seen = new List<string>();
        _log.Append("a\nb\n"u8);
        _log.Follow(line => seen.Add(line.Text));
        _log.Append("c\n"u8);
        Assert.Equal(["a", "b", "c"], seen);
    }

    private IEnumerable<string> Lines() => _log.Tail().Select(line => line.Text);
}
