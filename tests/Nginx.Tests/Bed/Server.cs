// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Uaas.Nginx.Tests;

/// <summary>Plays an instance: answers with its name, the method and the path.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;
    private int _requests;
    private int _gated;
    private long _received;
    private int _brokenOff;

    private Server(string name)
    {
        Name = name;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection =>
                {
                    Interlocked.Increment(ref _connections);
                    return next(connection);
                });
            });
        });
        _application = builder.Build();
        _application.UseWebSockets();
        _application.Run(AnswerAsync);
    }

    internal string Name { get; }

    internal int Port { get; private set; }

    /// <summary>Whether it breaks connections off instead of answering.</summary>
    internal bool Breaks { get; set; }

    /// <summary>Connections so far.</summary>
    internal int Connections => _connections;

    /// <summary>Requests so far.</summary>
    internal int Requests => _requests;

    /// <summary>Requests to /gate so far.</summary>
    internal int Gated => _gated;

    /// <summary>Bytes of bodies so far.</summary>
    internal long Received => Volatile.Read(ref _received);

    /// <summary>Bodies so far that came to no good end.</summary>
    internal int BrokenOff => Volatile.Read(ref _brokenOff);

    /// <summary>What /bytes/N has at an offset.</summary>
    internal static byte ByteAt(long offset) => (byte)(offset * 31 % 251);

    internal static async Task<Server> StartAsync(string name)
    {
        var server = new Server(name);
        await server._application.StartAsync();
        server.Port = new Uri(((IApplicationBuilder)server._application).ServerFeatures.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!
            .Addresses.GetEnumerator() is var addresses && addresses.MoveNext() ? addresses.Current : throw new InvalidOperationException("no address")).Port;
        return server;
    }

    /// <summary>Lets requests to /gate pass, also those to come.</summary>
    internal void Open() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Open();
        await _application.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        if (Breaks)
        {
            context.Abort();
            return Task.CompletedTask;
        }
        string[] path = context.Request.Path.Value!.Split('/');
        return path[1] switch
        {
            "drip" => DripAsync(context.Response),
            "bytes" => SendBytesAsync(context.Response, int.Parse(path[2], CultureInfo.InvariantCulture)),
            "status" => SendStatusAsync(context.Response, int.Parse(path[2], CultureInfo.InvariantCulture)),
            "host" => context.Response.WriteAsync(context.Request.Host.Value!),
            "socket" => EchoAsync(context),
            "back" => SendBackAsync(context),
            "early" => RefuseEarlyAsync(context),
            _ => DescribeAsync(context),
        };
    }

    private async Task DescribeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/gate"))
        {
            Interlocked.Increment(ref _gated);
            await _open.Task;
        }
        long received = 0;
        byte[] buffer = new byte[65536];
        int read;
        while ((read = await ReadAsync(context.Request.Body, buffer)) > 0)
            received += read;
        string body = $"{Name} {context.Request.Method} {context.Request.Path}{context.Request.QueryString} {received}";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.WriteAsync(body);
    }

    private async Task<int> ReadAsync(Stream body, byte[] buffer)
    {
        try
        {
            int read = await body.ReadAsync(buffer);
            Interlocked.Add(ref _received, read);
            return read;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Interlocked.Increment(ref _brokenOff);
            throw;
        }
    }

    /// <summary>Answers with what it is sent, as it comes.</summary>
    private async Task SendBackAsync(HttpContext context)
    {
        byte[] buffer = new byte[65536];
        int read;
        while ((read = await ReadAsync(context.Request.Body, buffer)) > 0)
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
    }

    /// <summary>Answers before it has read anything, and is not done then.</summary>
    private async Task RefuseEarlyAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        context.Response.ContentLength = 5;
        await context.Response.WriteAsync("no!\r\n");
        await _open.Task;
    }

    private async Task DripAsync(HttpResponse response)
    {
        await response.WriteAsync("first\n");
        await response.Body.FlushAsync();
        await _open.Task;
        await response.WriteAsync("second\n");
    }

    private static async Task SendBytesAsync(HttpResponse response, int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
            bytes[i] = ByteAt(i);
        await response.Body.WriteAsync(bytes);
    }

    private static Task SendStatusAsync(HttpResponse response, int status)
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        byte[] buffer = new byte[65536];
        while (true)
        {
            WebSocketReceiveResult part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None);
            if (part.CloseStatus is { } status)
            {
                await socket.CloseAsync(status, part.CloseStatusDescription, CancellationToken.None);
                return;
            }
            await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, CancellationToken.None);
        }
    }
}
