// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Agent;
using Uaas.Net.Testing;
using Xunit;

namespace Uaas.Host.Tests.Agent;

public sealed class FirstAnswerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_connection_that_never_answers_does_not_keep_another_from_telling()
    {
        int requests = 0;
        var never = new TaskCompletionSource();
        using var server = new RawHttpServer((_, stream) =>
            Interlocked.Increment(ref requests) == 1 ? never.Task : RawHttpServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        await FirstAnswer.WaitAsync(server.Address, CancellationToken.None).WaitAsync(Patience);
        Assert.True(requests > 1);
        never.SetResult();
    }

    [Fact]
    public async Task A_server_that_refuses_is_asked_until_it_listens()
    {
        var address = new IPEndPoint(IPAddress.Loopback, FreePort.Find());
        using var cancellation = new CancellationTokenSource(Patience);
        Task answered = FirstAnswer.WaitAsync(address, cancellation.Token);
        Assert.False(answered.IsCompleted);
        using var listener = new TcpListener(address);
        listener.Start();
        while (!answered.IsCompleted)
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(cancellation.Token);
            await RawHttpServer.WriteAsync(client.GetStream(), "HTTP/1.1 404 Not Found\r\n\r\n");
            await Task.WhenAny(answered, Task.Delay(TimeSpan.FromMilliseconds(50), cancellation.Token));
        }
        await answered;
    }

    [Fact]
    public async Task Calling_it_off_ends_it()
    {
        using var cancellation = new CancellationTokenSource();
        Task answered = FirstAnswer.WaitAsync(new IPEndPoint(IPAddress.Loopback, FreePort.Find()), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answered.WaitAsync(Patience));
    }
}
