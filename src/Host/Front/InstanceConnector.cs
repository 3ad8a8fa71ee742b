// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Front;

/// <summary>
/// Makes connections to instances. To one that is just being started it connects at once: the connection waits in the instance's tap until its stack is up.
/// A frame may be lost while a guest resets its device, and the stack may be up before the server, so to such an instance further attempts are made beside
/// the first; the first that succeeds is taken.
/// </summary>
internal static class InstanceConnector
{
    private const int MaxAttempts = 32;

    private static readonly TimeSpan AttemptEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(2);

    /// <summary>Makes a connection to the HTTP port.</summary>
    /// <exception cref="SocketException">The instance cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">It was called off, or the instance is gone.</exception>
    internal static async ValueTask<Stream> ConnectAsync(KnownInstance instance, CancellationToken cancellation)
    {
        Socket socket = await ConnectAsync(instance, instance.Address, cancellation).ConfigureAwait(false);
        instance.Add(socket);
        return new InstanceStream(socket, instance);
    }

    /// <summary>Makes a connection to a port of it.</summary>
    /// <exception cref="SocketException">The instance cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">It was called off, or the instance is gone.</exception>
    internal static async Task<Socket> ConnectAsync(KnownInstance instance, IPEndPoint server, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation, instance.Gone);
        return instance.IsCold ? await ConnectToColdAsync(server, over.Token).ConfigureAwait(false) : await TryAsync(server, over.Token).ConfigureAwait(false);
    }

    private static async Task<Socket> TryAsync(IPEndPoint server, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Socket> ConnectToColdAsync(IPEndPoint server, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var attempts = new List<Task<Socket>> { TryAsync(server, over.Token) };
        Socket? winner = null;
        try
        {
            while (winner is null)
            {
                Task first = await Task.WhenAny([.. attempts, Task.Delay(AttemptEvery, over.Token)]).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                if (first is Task<Socket> attempt)
                {
                    attempts.Remove(attempt);
                    winner = await TakeAsync(attempt, over.Token).ConfigureAwait(false);
                }
                if (winner is null && attempts.Count < MaxAttempts)
                    attempts.Add(TryAsync(server, over.Token));
            }
            return winner;
        }
        finally
        {
            over.Cancel();
            foreach (Task<Socket> attempt in attempts)
                _ = attempt.ContinueWith(static late => Drop(late), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>The socket of an attempt; null where it was refused, after a pause.</summary>
    private static async Task<Socket?> TakeAsync(Task<Socket> attempt, CancellationToken cancellation)
    {
        try
        {
            return await attempt.ConfigureAwait(false);
        }
        catch (SocketException)
        {
            await Task.Delay(PauseAfterRefusal, cancellation).ConfigureAwait(false);
            return null;
        }
    }

    private static void Drop(Task<Socket> late)
    {
        if (late.IsCompletedSuccessfully)
            late.Result.Dispose();
        else
            _ = late.Exception;
    }

    /// <summary>A connection that the instance's record knows of.</summary>
    private sealed class InstanceStream(Socket socket, KnownInstance instance) : NetworkStream(socket, ownsSocket: true)
    {
        protected override void Dispose(bool disposing)
        {
            instance.Remove(Socket);
            base.Dispose(disposing);
        }
    }
}
