// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Agent;
using Uaas.Instances;
using Uaas.Linux;
using Xunit;

namespace Uaas.Host.Tests.Agent;

/// <summary>The node agent over scripted instances, whose answers come from a server on the loopback.</summary>
public sealed class NodeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Instances_get_their_name_and_place_and_the_node_is_ready_when_each_has_answered()
    {
        var released = new TaskCompletionSource();
        using var first = RawHttpServer.Saying("up");
        using var second = new RawHttpServer(async (_, stream) =>
        {
            await released.Task;
            await RawHttpServer.SayAsync(stream, "up");
        }, new IPEndPoint(LoopbackLinks.AddressOf(1), first.Address.Port));
        var started = new List<MockInstance>();
        await using var node = new Node(new MockDriver(started.Add), new LoopbackLinks());
        Task starting = node.StartAsync(Plan(first, 2), CancellationToken.None);
        while (first.Requests.IsEmpty || second.Requests.IsEmpty)
            await Task.Delay(1);
        Assert.False(starting.IsCompleted);
        released.SetResult();
        await starting.WaitAsync(Patience);
        Assert.Equal(["http-1", "http-2"], node.Instances.Select(instance => instance.Instance.Spec.Name));
        Assert.Equal(["ip=127.0.0.2/32", "gw=10.77.0.1", "name=http-2"], started[1].Spec.Arguments);
        Assert.All(first.Requests.Concat(second.Requests), request => Assert.StartsWith("HEAD / HTTP/1.1\r\n", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_instance_that_ends_at_boot_shows_the_last_lines_of_its_console()
    {
        var driver = new MockDriver(mock =>
        {
            for (int i = 0; i < 40; i++)
                mock.Console.Append(System.Text.Encoding.ASCII.GetBytes($"line {i}\n"));
            mock.Console.Append("panic: out of memory at Heap.cs:12"u8);
            mock.End(InstanceExit.Of(new ProcessExit(255, 0, default, 0), 125));
        });
        UaasException e = await FailToStartAsync(driver, Patience);
        Assert.Equal(Failure.Boot, e.Failure);
        Assert.Contains("http-1 ended before it served: the guest panicked", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("\n  http-1 | line 39\n  http-1 | panic: out of memory at Heap.cs:12", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("line 20", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_that_does_not_answer_is_not_waited_for_for_ever()
    {
        UaasException e = await FailToStartAsync(new MockDriver(_ => { }), TimeSpan.FromMilliseconds(100));
        Assert.Equal(Failure.Boot, e.Failure);
        Assert.Contains("http-1 did not answer within 0.1 s of its start; it printed nothing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_that_are_not_HTTP_do_not_count()
    {
        using var server = new RawHttpServer((_, stream) => RawHttpServer.WriteAsync(stream, "SSH-2.0-OpenSSH\r\n"));
        await using var node = new Node(new MockDriver(_ => { }), new LoopbackLinks());
        await Assert.ThrowsAsync<UaasException>(() => node.StartAsync(Plan(server, 1) with { ReadyWithin = TimeSpan.FromMilliseconds(200) }, CancellationToken.None));
    }

    [Fact]
    public async Task Starting_can_be_called_off()
    {
        using var cancellation = new CancellationTokenSource();
        await using var node = new Node(new MockDriver(_ => cancellation.Cancel()), new LoopbackLinks());
        using var silent = new RawHttpServer((_, _) => Task.Delay(Timeout.Infinite, CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => node.StartAsync(Plan(silent, 1), cancellation.Token).WaitAsync(Patience, CancellationToken.None));
    }

    [Fact]
    public async Task Stopping_ends_every_instance_and_lets_go_of_every_link()
    {
        using var server = RawHttpServer.Saying("up", new IPEndPoint(IPAddress.Any, 0));
        var links = new LoopbackLinks();
        var node = new Node(new MockDriver(mock => mock.Obeys = mock.Spec.Name != "http-2"), links);
        await node.StartAsync(Plan(server, 3), CancellationToken.None).WaitAsync(Patience);
        await node.StopAsync(TimeSpan.FromSeconds(1)).WaitAsync(Patience);
        int[] signals = [.. node.Instances.Select(instance => instance.Instance.WaitAsync().Result.Code)];
        Assert.Equal([15, 9, 15], signals);
        await node.DisposeAsync();
        Assert.Equal(3, links.LetGo);
    }

    [Fact]
    public async Task A_start_that_fails_half_way_leaves_what_was_started_to_be_stopped()
    {
        var links = new LoopbackLinks();
        var driver = new MockDriver(mock =>
        {
            if (mock.Spec.Name == "http-2")
                throw new UaasException(Failure.Monitor, "no");
        });
        using var server = RawHttpServer.Saying("up");
        var node = new Node(driver, links);
        await Assert.ThrowsAsync<UaasException>(() => node.StartAsync(Plan(server, 3), CancellationToken.None));
        await node.DisposeAsync();
        Assert.Equal(2, links.LetGo);
    }

    [Fact]
    public async Task Lines_are_passed_on_with_the_instance_they_are_from()
    {
        using var server = RawHttpServer.Saying("up");
        var lines = new List<string>();
        MockInstance? mock = null;
        await using var node = new Node(new MockDriver(started => mock = started), new LoopbackLinks());
        node.LinePrinted += (spec, line) => lines.Add($"{spec.Name}: {line.Text}");
        await node.StartAsync(Plan(server, 1), CancellationToken.None).WaitAsync(Patience);
        mock!.Console.Append("GET /\n"u8);
        Assert.Equal(["http-1: GET /"], lines);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("å")]
    public void A_boot_argument_is_one_printable_word(string value) => Assert.Throws<ArgumentException>(() => BootArguments.Word("name", value));

    private static async Task<UaasException> FailToStartAsync(MockDriver driver, TimeSpan within)
    {
        using var silent = new RawHttpServer((_, _) => Task.Delay(Timeout.Infinite));
        await using var node = new Node(driver, new LoopbackLinks());
        return await Assert.ThrowsAsync<UaasException>(() => node.StartAsync(Plan(silent, 1) with { ReadyWithin = within }, CancellationToken.None));
    }

    private static ServicePlan Plan(RawHttpServer server, int instances) => new()
    {
        Name = "http",
        Image = "image",
        Instances = instances,
        MemoryMebibytes = 16,
        Port = server.Address.Port,
        ReadyWithin = Patience,
    };

    private sealed class LoopbackLinks : IInstanceLinks
    {
        internal int LetGo { get; private set; }

        /// <summary>Each has one of its own.</summary>
        internal static IPAddress AddressOf(int number) => new([127, 0, 0, (byte)(1 + number)]);

        public InstanceConnection Connect(int number) => new(AddressOf(number), IPAddress.Parse("10.77.0.1"), null, new Holder(this));

        private sealed class Holder(LoopbackLinks links) : IDisposable
        {
            public void Dispose() => links.LetGo++;
        }
    }
}
