// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Networking;
using Xunit;

namespace Uaas.Host.Tests.Networking;

public sealed class NameServerTests
{
    private static readonly IPAddress Instance = IPAddress.Parse("10.77.0.9");

    [Fact]
    public async Task Answers_with_what_the_directory_finds_for_the_one_who_asks()
    {
        var directory = new Directory((asker, name) => Task.FromResult(new NameAnswer(NameCode.Ok, Instance)));
        byte[] answer = await AskAsync(directory, Question("IMG.example"));
        Assert.Equal([(IPAddress.Loopback, "img.example")], directory.Asked);
        Assert.Equal("1234 8500 0001 0001 0000 0000", Words(answer[..12]));
        Assert.Equal("C00C 0001 0001 0000 0000 0004 0A4D 0009", Words(answer[^16..]));
        Assert.Equal(Question("IMG.example")[12..], answer[12..^16]);
    }

    [Theory]
    [InlineData(NameCode.NoSuchName, "8503")]
    [InlineData(NameCode.Refused, "8505")]
    [InlineData(NameCode.ServerFailure, "8502")]
    public async Task Says_that_there_is_no_answer(NameCode code, string flags)
    {
        byte[] answer = await AskAsync(new Directory((_, _) => Task.FromResult(new NameAnswer(code))), Question("img"));
        Assert.Equal($"1234 {flags} 0001 0000 0000 0000", Words(answer[..12]));
    }

    [Fact]
    public async Task A_name_has_no_addresses_of_other_kinds()
    {
        byte[] question = Question("img", type: 28);
        byte[] answer = await AskAsync(new Directory((_, _) => Task.FromResult(new NameAnswer(NameCode.Ok, Instance))), question);
        Assert.Equal("1234 8500 0001 0000 0000 0000", Words(answer[..12]));
    }

    [Fact]
    public async Task A_directory_that_gives_up_is_a_server_failure()
    {
        byte[] answer = await AskAsync(new Directory((_, _) => Task.FromCanceled<NameAnswer>(new CancellationToken(true))), Question("img"));
        Assert.Equal("8502", Words(answer[2..4]));
    }

    [Fact]
    public async Task Who_asks_without_end_keeps_nobody_else_from_asking()
    {
        var open = new ConcurrentQueue<TaskCompletionSource<NameAnswer>>();
        var directory = new Directory((asker, _) => asker.Equals(IPAddress.Loopback) ? Hold(open) : Task.FromResult(new NameAnswer(NameCode.Ok, Instance)));
        await using var server = NameServer.Start(new IPEndPoint(IPAddress.Any, 0), directory);
        using var flooder = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        flooder.Connect(IPAddress.Loopback, server.Address.Port);
        byte[] question = Question("img");
        for (int id = 0; id < NameServer.MaxQuestionsOfOne; id++)
        {
            (question[0], question[1]) = ((byte)(id >> 8), (byte)id);
            await flooder.SendAsync(question);
            while (open.Count <= id)
                await Task.Delay(1);
        }
        Assert.Equal("FFFF 8502", await AskAgainAsync(flooder));

        using var other = new UdpClient(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        other.Connect(IPAddress.Loopback, server.Address.Port);
        Assert.Equal("FFFF 8500", await AskAgainAsync(other));

        Assert.True(open.TryDequeue(out TaskCompletionSource<NameAnswer>? first));
        first.SetResult(new NameAnswer(NameCode.Ok, Instance));
        Assert.Equal("0000 8500", Words((await flooder.ReceiveAsync()).Buffer[..4]));
        Task<string> answer = AskAgainAsync(flooder);
        while (open.Count < NameServer.MaxQuestionsOfOne)
            await Task.Delay(1);
        open.Last().SetResult(new NameAnswer(NameCode.Ok, Instance));
        Assert.Equal("FFFF 8500", await answer);

        static Task<NameAnswer> Hold(ConcurrentQueue<TaskCompletionSource<NameAnswer>> open)
        {
            var held = new TaskCompletionSource<NameAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            open.Enqueue(held);
            return held.Task;
        }

        static async Task<string> AskAgainAsync(UdpClient client)
        {
            byte[] question = Question("img");
            (question[0], question[1]) = (0xFF, 0xFF);
            await client.SendAsync(question);
            return Words((await client.ReceiveAsync(TestContext.Timeout)).Buffer[..4]);
        }
    }

    [Fact]
    public async Task A_question_repeated_is_looked_into_once()
    {
        var found = new TaskCompletionSource<NameAnswer>();
        var directory = new Directory((_, _) => found.Task);
        await using var server = NameServer.Start(new IPEndPoint(IPAddress.Loopback, 0), directory);
        using var client = new UdpClient();
        client.Connect(server.Address);
        await client.SendAsync(Question("img"));
        await client.SendAsync(Question("img"));
        byte[] other = Question("flv");
        other[0] = 9;
        await client.SendAsync(other);
        while (directory.Asked.Count < 2)
            await Task.Delay(5, TestContext.Timeout);
        found.SetResult(new NameAnswer(NameCode.Ok, Instance));
        await client.ReceiveAsync(TestContext.Timeout);
        await client.ReceiveAsync(TestContext.Timeout);
        Assert.Equal([(IPAddress.Loopback, "img"), (IPAddress.Loopback, "flv")], directory.Asked);
        Assert.Equal(0, client.Available);
    }

    [Theory]
    [InlineData("1234 0100 0001 0000 0000 0000", "1234 8501 0000 0000 0000 0000")]
    [InlineData("1234 0100 0001 0000 0000 0000 0361", "1234 8501 0000 0000 0000 0000")]
    [InlineData("1234 0100 0001 0000 0000 0000 C00C 0001 0001", "1234 8501 0000 0000 0000 0000")]
    [InlineData("1234 0100 0001 0000 0000 0000 0120 0000 0100 01", "1234 8501 0000 0000 0000 0000")]
    [InlineData("1234 0100 0002 0000 0000 0000 0161 0000 0100 01", "1234 8501 0000 0000 0000 0000")]
    [InlineData("1234 2900 0001 0000 0000 0000 0161 0000 0100 01", "1234 8504 0000 0000 0000 0000")]
    public void What_is_no_question_is_told_so(string message, string answer)
    {
        Assert.False(NameQuery.TryParse(Bytes(message), out _, out byte[]? refusal));
        Assert.Equal(answer, Words(refusal!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1234 0100 0001 0000 0000 00")]
    [InlineData("1234 8100 0001 0000 0000 0000 0161 0000 0100 01")]
    public void What_would_be_answered_for_ever_is_not_answered(string message)
    {
        Assert.False(NameQuery.TryParse(Bytes(message), out _, out byte[]? refusal));
        Assert.Null(refusal);
    }

    [Fact]
    public void Random_questions_are_taken_apart_without_harm()
    {
        var random = new Random(7);
        byte[] question = Question("a.long.name.of.many.labels");
        for (int i = 0; i < 100_000; i++)
        {
            byte[] message = [.. question];
            for (int change = random.Next(4); change >= 0; change--)
                message[random.Next(message.Length)] = (byte)random.Next(256);
            Span<byte> cut = message.AsSpan(0, random.Next(message.Length + 1));
            if (NameQuery.TryParse(cut, out NameQuery? query, out _))
                Assert.InRange(query.Answer(NameCode.Ok, Instance).Length, 17, NameQuery.MaxSize + 16);
        }
    }

    private static async Task<byte[]> AskAsync(INameDirectory directory, byte[] question)
    {
        await using var server = NameServer.Start(new IPEndPoint(IPAddress.Loopback, 0), directory);
        using var client = new UdpClient();
        client.Connect(server.Address);
        await client.SendAsync(question);
        return (await client.ReceiveAsync(TestContext.Timeout)).Buffer;
    }

    private static byte[] Question(string name, byte type = 1)
    {
        List<byte> message = [.. Bytes("1234 0100 0001 0000 0000 0000")];
        foreach (string label in name.Split('.'))
            message.AddRange([(byte)label.Length, .. System.Text.Encoding.ASCII.GetBytes(label)]);
        message.AddRange([0, 0, type, 0, 1]);
        return [.. message];
    }

    private static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal));

    private static string Words(byte[] bytes)
    {
        string text = Convert.ToHexString(bytes);
        var words = new List<string>();
        for (int at = 0; at < text.Length; at += 4)
            words.Add(text[at..Math.Min(at + 4, text.Length)]);
        return string.Join(' ', words);
    }

    private static class TestContext
    {
        internal static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;
    }

    private sealed class Directory(Func<IPAddress, string, Task<NameAnswer>> find) : INameDirectory
    {
        public List<(IPAddress Asker, string Name)> Asked { get; } = [];

        public ValueTask<NameAnswer> FindAsync(IPAddress asker, string name, CancellationToken cancellation)
        {
            lock (Asked)
                Asked.Add((asker, name));
            return new ValueTask<NameAnswer>(find(asker, name));
        }
    }
}
