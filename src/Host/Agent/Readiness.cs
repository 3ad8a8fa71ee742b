// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Protocol.Agent;

namespace Uaas.Agent;

/// <summary>
/// Finds out when an instance answers. A connection that is asked for at once waits in the instance's tap and is made when the guest is up, so
/// the first attempt is nearly always the last; more are made beside it only because a frame may be lost while a guest resets its device.
/// </summary>
internal static class Readiness
{
    private static readonly TimeSpan AttemptEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Completes when the instance answers as its template wants it.</summary>
    /// <exception cref="OperationCanceledException">It was called off before.</exception>
    internal static async Task WaitAsync(IPAddress address, InstanceTemplate template, CancellationToken cancellation)
    {
        if (template.ProbePort == 0)
            return;
        if (template is { ProbePath: null, ProbesAnswer: true })
        {
            await FirstAnswer.WaitAsync(new IPEndPoint(address, template.ProbePort), cancellation).ConfigureAwait(false);
            return;
        }
        await WaitForConnectionAsync(new IPEndPoint(address, template.ProbePort), cancellation).ConfigureAwait(false);
        if (template.ProbePath is { } path)
            await WaitForAnswerAsync(new Uri($"http://{address}:{template.ProbePort}{path}"), cancellation).ConfigureAwait(false);
    }

    private static async Task WaitForConnectionAsync(IPEndPoint server, CancellationToken cancellation)
    {
        TimeSpan pause = PauseAfterRefusal;
        while (true)
        {
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            attempt.CancelAfter(AttemptEvery);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(server, attempt.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            // Refused: the stack is up before its server. Lost: the next attempt is a new frame.
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private static async Task WaitForAnswerAsync(Uri uri, CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
        TimeSpan pause = PauseAfterRefusal;
        while (true)
        {
            try
            {
                using HttpResponseMessage response = await client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
                if ((int)response.StatusCode < 500)
                    return;
            }
            catch (HttpRequestException)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
