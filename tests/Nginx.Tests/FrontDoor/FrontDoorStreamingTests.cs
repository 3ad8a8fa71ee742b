// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Configuration;
using Uaas.Net.Testing;
using Xunit;

namespace Uaas.Nginx.Tests.FrontDoor;

/// <summary>What every front does with what takes long: streams in both directions, WebSockets, and connections that are not HTTP.</summary>
public abstract class FrontDoorStreamingTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private protected abstract Task<FrontDoor> StartAsync(DoorPlan plan);

    [NginxFact]
    public async Task An_answer_is_passed_on_as_it_comes()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        Server web = await door.IntroduceAsync("1", "a");
        using HttpResponseMessage answer = await door.SendAsync("/drip");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("first", await reader.ReadLineAsync().WaitAsync(s_patience));
        web.Open();
        Assert.Equal("second", await reader.ReadLineAsync().WaitAsync(s_patience));
        Assert.Null(await reader.ReadLineAsync().WaitAsync(s_patience));
    }

    [NginxFact]
    public async Task A_body_is_passed_on_as_it_comes()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        Server web = await door.IntroduceAsync("1", "a");
        using var body = new Body();
        Task<HttpResponseMessage> sending = door.SendAsync("/up", HttpMethod.Put, body);
        await body.WriteAsync(new byte[1000]);
        await NginxBed.UntilAsync(() => web.Received >= 1000, "the first part has arrived before there is a second");
        await body.WriteAsync(new byte[500]);
        body.End();
        using HttpResponseMessage answer = await sending;
        Assert.Equal("a PUT /up 1500", await answer.Content.ReadAsStringAsync());
    }

    [NginxFact]
    public async Task Large_bodies_come_whole_in_both_directions()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        await door.IntroduceAsync("1", "a");
        const int size = 32 << 20;
        using HttpResponseMessage up = await door.SendAsync("/up", HttpMethod.Put, new ByteArrayContent(new byte[size]));
        Assert.Equal($"a PUT /up {size}", await up.Content.ReadAsStringAsync());
        byte[] down = await door.Client.GetByteArrayAsync(new Uri($"/bytes/{size}", UriKind.Relative));
        Assert.Equal(size, down.Length);
        Assert.Equal(Server.ByteAt(size - 1), down[^1]);
    }

    [NginxFact]
    public async Task Methods_heads_and_statuses_pass_as_they_are()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        await door.IntroduceAsync("1", "a");
        using HttpResponseMessage head = await door.SendAsync("/x", HttpMethod.Head);
        Assert.Equal(("a HEAD /x 0".Length, ""), ((int)head.Content.Headers.ContentLength!.Value, await head.Content.ReadAsStringAsync()));
        using HttpResponseMessage other = await door.SendAsync("/status/418");
        Assert.Equal(418, (int)other.StatusCode);
        using var named = new HttpRequestMessage(HttpMethod.Get, new Uri("/host", UriKind.Relative)) { Headers = { Host = "shop.example.org:81" } };
        using HttpResponseMessage host = await door.Client.SendAsync(named);
        Assert.Equal("shop.example.org:81", await host.Content.ReadAsStringAsync());
    }

    [NginxFact]
    public async Task A_WebSocket_passes_and_counts_until_it_is_closed()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        Server web = await door.IntroduceAsync("1", "a");
        int before = door.Master.Lines.Count;
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{door.EndPoint}/socket"), CancellationToken.None).WaitAsync(s_patience);
        await EchoAsync(socket, new byte[100_000]);
        await door.Master.ExpectAsync(before, "USE instance=1 active=1");
        door.Master.Tell(ScriptedMaster.Instance("1", web.Port, state: "draining"));
        await EchoAsync(socket, "still here"u8.ToArray());
        Assert.DoesNotContain("DRAINED instance=1", door.Master.Lines);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None).WaitAsync(s_patience);
        await door.Master.ExpectAsync("DRAINED instance=1");
    }

    [NginxFact]
    public async Task A_WebSocket_starts_an_instance()
    {
        await using FrontDoor door = await StartAsync(DoorPlan.Web);
        await using Server web = await Server.StartAsync("a");
        door.Master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "1", web.Port, cold: true);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{door.EndPoint}/socket"), CancellationToken.None).WaitAsync(s_patience);
        await EchoAsync(socket, "hello"u8.ToArray());
    }

    [NginxFact]
    public async Task A_connection_that_is_not_HTTP_starts_an_instance_and_holds_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int guestPort = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using FrontDoor door = await StartAsync(Rtmp(guestPort));
        using Socket client = await ConnectAsync(door);
        await client.SendAsync("hello"u8.ToArray());
        string want = await door.Master.ExpectAsync("WANT", "service=flv");
        door.Master.Tell(ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "flv-1", 9, "flv", cold: true));
        using Socket served = await listener.AcceptSocketAsync();
        Assert.Equal("hello", await ReceiveAsync(served));
        await door.Master.ExpectAsync("UP instance=flv-1 wait_us=");
        await served.SendAsync("welcome"u8.ToArray());
        Assert.Equal("welcome", await ReceiveAsync(client));
        await door.Master.ExpectAsync("USE instance=flv-1 active=1");
        client.Dispose();
        Assert.Equal("", await ReceiveAsync(served));
        served.Dispose();
        await door.Master.ExpectAsync("USE instance=flv-1 active=0");
    }

    [NginxFact]
    public async Task A_connection_that_is_not_HTTP_is_closed_where_there_is_no_instance()
    {
        await using FrontDoor door = await StartAsync(Rtmp(1935));
        door.Master.OnWant = static (seq, _) => $"REFUSE seq={seq} status=503 retry_after=1 reason=full";
        using Socket client = await ConnectAsync(door);
        Assert.Equal("", await ReceiveAsync(client));
    }

    private static DoorPlan Rtmp(int guestPort) => new(new Dictionary<string, Route[]> { ["flv"] = [] }) { ListenPort = FreePort.Find(), GuestPort = guestPort };

    private static async Task EchoAsync(ClientWebSocket socket, byte[] message)
    {
        await socket.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);
        byte[] back = new byte[message.Length + 1];
        int received = 0;
        WebSocketReceiveResult result;
        do
        {
            result = await socket.ReceiveAsync(new ArraySegment<byte>(back, received, back.Length - received), CancellationToken.None).WaitAsync(s_patience);
            received += result.Count;
        }
        while (!result.EndOfMessage);
        Assert.Equal(message, back[..received]);
    }

    private static async Task<Socket> ConnectAsync(FrontDoor door)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, door.Plan.ListenPort);
        return client;
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        byte[] buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer).WaitAsync(s_patience));
    }

    /// <summary>A body that is written piece by piece.</summary>
    private sealed class Body : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal async Task WriteAsync(byte[] bytes)
        {
            Stream stream = await _stream.Task.WaitAsync(s_patience);
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
        }

        internal void End() => _end.SetResult();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _stream.SetResult(stream);
            return _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>The suite with nginx and the modules.</summary>
public sealed class NginxFrontDoorStreamingTests : FrontDoorStreamingTests
{
    private protected override Task<FrontDoor> StartAsync(DoorPlan plan) => NginxDoor.StartAsync(plan);
}

/// <summary>The suite with the embedded gateway.</summary>
public sealed class GatewayFrontDoorStreamingTests : FrontDoorStreamingTests
{
    private protected override Task<FrontDoor> StartAsync(DoorPlan plan) => GatewayDoor.StartAsync(plan);
}
