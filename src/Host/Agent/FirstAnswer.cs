// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Agent;

/// <summary>
/// Finds out when an HTTP server first answers. A connection that is asked for at once waits in the instance's tap and is made when the guest is up.
/// Yet a frame may be lost: QEMU takes one out of the tap when it starts and throws it away when the guest resets the device, and the kernel sends
/// a SYN again only after a second. So while there is no answer, more connections are tried beside the first; whichever answers, tells.
/// </summary>
internal static class FirstAnswer
{
    private const int MaxAttempts = 32;

    private static readonly TimeSpan AttemptEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(5);

    /// <summary>Completes when the server has begun an HTTP answer, or where less is asked of it, when it has accepted a connection.</summary>
    /// <exception cref="OperationCanceledException">It was called off before.</exception>
    internal static async Task WaitAsync(IPEndPoint server, CancellationToken cancellation, ReadySign sign = ReadySign.Http)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var attempts = new List<Task<bool>>();
        try
        {
            while (!await TryOnceMoreAsync(attempts, server, sign, over.Token).ConfigureAwait(false))
            {
            }
        }
        finally
        {
            over.Cancel();
            await ((Task)Task.WhenAll(attempts)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Adds an attempt, if there is room for one, and gives all of them a little time; whether one was answered.</summary>
    private static async Task<bool> TryOnceMoreAsync(List<Task<bool>> attempts, IPEndPoint server, ReadySign sign, CancellationToken cancellation)
    {
        if (attempts.Count < MaxAttempts)
            attempts.Add(TryOnceAsync(server, sign, cancellation));
        Task first = await Task.WhenAny([.. attempts, Task.Delay(AttemptEvery, cancellation)]).ConfigureAwait(false);
        if (first is not Task<bool> attempt)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
        attempts.Remove(attempt);
        if (await attempt.ConfigureAwait(false))
            return true;
        await Task.Delay(PauseAfterRefusal, cancellation).ConfigureAwait(false);
        return false;
    }

    /// <summary>False where the guest's stack was up before its server and refused the connection, or broke it off.</summary>
    private static async Task<bool> TryOnceAsync(IPEndPoint server, ReadySign sign, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
            if (sign == ReadySign.Tcp)
                return true;
            byte[] request = Encoding.ASCII.GetBytes($"HEAD / HTTP/1.1\r\nHost: {server.Address}\r\nConnection: close\r\n\r\n");
            await socket.SendAsync(request, cancellation).ConfigureAwait(false);
            return await BeginsAnswerAsync(socket, cancellation).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<bool> BeginsAnswerAsync(Socket socket, CancellationToken cancellation)
    {
        byte[] expected = "HTTP/1."u8.ToArray();
        byte[] buffer = new byte[expected.Length];
        int length = 0;
        while (length < buffer.Length)
        {
            int count = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation).ConfigureAwait(false);
            if (count == 0)
                return false;
            length += count;
        }
        return buffer.AsSpan().SequenceEqual(expected);
    }
}
