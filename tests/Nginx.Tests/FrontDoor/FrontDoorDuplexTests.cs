// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Uaas.Net.Testing;
using Xunit;

namespace Uaas.Nginx.Tests.FrontDoor;

/// <summary>What every front does where request and answer flow at the same time. The client is a bare connection: .NET's does not read while it sends.</summary>
public abstract class FrontDoorDuplexTests
{
    private const int Large = 16 << 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private protected abstract Task<FrontDoor> StartAsync(DoorPlan plan);

    [NginxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_service_may_answer_while_it_is_sent_more_than_anybody_has_room_for(bool isChunked)
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        await door.IntroduceAsync("1", "a");
        byte[] content = [.. Enumerable.Range(0, Large).Select(static i => Server.ByteAt(i))];
        await using NetworkStream client = await ConnectAsync(door);
        Task sending = Task.Run(async () =>
        {
            await SendHeadAsync(client, "/back", isChunked ? null : Large);
            for (int sent = 0; sent < Large; sent += 1 << 16)
                await SendPieceAsync(client, content.AsMemory(sent, 1 << 16), isChunked);
            if (isChunked)
                await client.WriteAsync("0\r\n\r\n"u8.ToArray());
        });
        string answer = await ReadToEndAsync(client);
        await sending.WaitAsync(s_patience);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal(content, Dechunked(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));
    }

    [NginxFact]
    public async Task A_service_may_answer_each_piece_before_the_next_is_sent()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        await door.IntroduceAsync("1", "a");
        await using NetworkStream client = await ConnectAsync(door);
        await SendHeadAsync(client, "/back", null);
        for (char piece = 'a'; piece < 'e'; piece++)
        {
            string expected = new(piece, 10);
            await SendPieceAsync(client, Encoding.ASCII.GetBytes(expected), isChunked: true);
            await ReadUntilAsync(client, expected);
        }
        await client.WriteAsync("0\r\n\r\n"u8.ToArray());
        Assert.EndsWith("0\r\n\r\n", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task An_answer_that_comes_before_the_body_is_sent_reaches_the_client_at_once()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        await door.IntroduceAsync("1", "a");
        await using NetworkStream client = await ConnectAsync(door);
        await SendHeadAsync(client, "/early", 1 << 30);
        await client.WriteAsync(new byte[100_000]);
        Assert.StartsWith("HTTP/1.1 413 ", await ReadUntilAsync(client, "no!"), StringComparison.Ordinal);
    }

    [NginxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_breaks_off_does_not_pass_for_a_whole_one(bool isChunked)
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        Server web = await door.IntroduceAsync("1", "a");
        await using (NetworkStream client = await ConnectAsync(door))
        {
            await SendHeadAsync(client, "/up", isChunked ? null : 1 << 20);
            await SendPieceAsync(client, new byte[100_000], isChunked);
            await NginxBed.UntilAsync(() => web.Received == 100_000, "what was sent has arrived");
        }
        await NginxBed.UntilAsync(() => web.BrokenOff == 1, "the instance knows that no more comes");
    }

    [NginxFact]
    public async Task An_instance_that_breaks_off_while_it_is_sent_to_is_answered_for()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        Server web = await door.IntroduceAsync("1", "a");
        web.Breaks = true;
        await using NetworkStream client = await ConnectAsync(door);
        await SendHeadAsync(client, "/up", 1 << 20);
        await client.WriteAsync(new byte[100_000]);
        Assert.StartsWith("HTTP/1.1 502 ", await ReadUntilAsync(client, "\r\n\r\n"), StringComparison.Ordinal);
    }

    private static async Task<NetworkStream> ConnectAsync(FrontDoor door)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(door.EndPoint);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static ValueTask SendHeadAsync(NetworkStream client, string path, int? length) =>
        client.WriteAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{(length is null ? "Transfer-Encoding: chunked" : $"Content-Length: {length}")}\r\n\r\n"));

    private static async Task SendPieceAsync(NetworkStream client, ReadOnlyMemory<byte> piece, bool isChunked)
    {
        if (isChunked)
            await client.WriteAsync(Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"));
        await client.WriteAsync(piece);
        if (isChunked)
            await client.WriteAsync("\r\n"u8.ToArray());
    }

    private static async Task<string> ReadUntilAsync(NetworkStream client, string end)
    {
        var read = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!read.ToString().Contains(end, StringComparison.Ordinal))
        {
            int count = await client.ReadAsync(buffer).AsTask().WaitAsync(s_patience);
            Assert.NotEqual(0, count);
            read.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        return read.ToString();
    }

    private static async Task<string> ReadToEndAsync(NetworkStream client)
    {
        using var read = new MemoryStream();
        await client.CopyToAsync(read).WaitAsync(s_patience);
        return Encoding.Latin1.GetString(read.GetBuffer(), 0, (int)read.Length);
    }

    private static byte[] Dechunked(string chunks)
    {
        using var content = new MemoryStream();
        int at = 0;
        while (true)
        {
            int line = chunks.IndexOf("\r\n", at, StringComparison.Ordinal);
            int length = Convert.ToInt32(chunks[at..line], 16);
            if (length == 0)
                return content.ToArray();
            content.Write(Encoding.Latin1.GetBytes(chunks, line + 2, length));
            at = line + 2 + length + 2;
        }
    }
}

/// <summary>The suite with nginx and the modules.</summary>
public sealed class NginxFrontDoorDuplexTests : FrontDoorDuplexTests
{
    private protected override Task<FrontDoor> StartAsync(DoorPlan plan) => NginxDoor.StartAsync(plan);
}

/// <summary>The suite with the embedded gateway.</summary>
public sealed class GatewayFrontDoorDuplexTests : FrontDoorDuplexTests
{
    private protected override Task<FrontDoor> StartAsync(DoorPlan plan) => GatewayDoor.StartAsync(plan);

    [NginxFact]
    public async Task A_large_body_goes_to_another_instance_where_one_refuses_the_connection()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        await door.IntroduceAsync("1", "a");
        door.Master.Tell(ScriptedMaster.Instance("dead", FreePort.Find()));
        while (!door.Master.Lines.Contains("LOST instance=dead reason=refused"))
        {
            using HttpResponseMessage answer = await door.SendAsync("/up", HttpMethod.Post, new ByteArrayContent(new byte[100_000]));
            Assert.Equal("a POST /up 100000", await answer.Content.ReadAsStringAsync());
        }
    }
}
