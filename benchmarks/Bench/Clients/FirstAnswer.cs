// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Text;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

/// <summary>
/// Waits for a server's first 200. Where the address refuses (nobody listens yet), it tries again at once. Where frames may be lost on the way (a
/// machine whose driver is not up yet), the kernel would send its SYN again only after a second: so another connection is tried every few
/// milliseconds, beside those that wait, and the first that is made is used.
/// </summary>
/// <param name="server">Where the server will listen.</param>
/// <param name="path">What to ask for.</param>
internal sealed class FirstAnswer(IPEndPoint server, string path)
{
    private const int MaxAttempts = 500;

    private static readonly TimeSpan AttemptEvery = TimeSpan.FromMilliseconds(10);

    private readonly byte[] _request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server.Address}\r\nConnection: close\r\n\r\n");
    private readonly byte[] _answer = new byte[16 * 1024];

    /// <summary>Time from <paramref name="start"/> until an answer 200 came.</summary>
    /// <param name="start">A <see cref="Stopwatch"/> timestamp, taken before the server's process was started.</param>
    /// <param name="limit">How long to wait.</param>
    /// <exception cref="UaasException">None came in time.</exception>
    internal TimeSpan Await(long start, TimeSpan limit)
    {
        var attempts = new List<RawSocket>();
        try
        {
            while (Stopwatch.GetElapsedTime(start) < limit)
            {
                if (attempts.Count < MaxAttempts)
                    Begin(attempts);
                if (TakeConnected(attempts) is not { } socket)
                    continue;
                using (socket)
                {
                    if (Ask(socket, limit - Stopwatch.GetElapsedTime(start)))
                        return Stopwatch.GetElapsedTime(start);
                }
            }
            throw new UaasException(Failure.Boot, $"no answer 200 from http://{server}{path} within {limit.TotalSeconds} s");
        }
        finally
        {
            attempts.ForEach(socket => socket.Dispose());
        }
    }

    private void Begin(List<RawSocket> attempts)
    {
        RawSocket socket = RawSocket.Open();
        if (socket.Connect(server) == 0)
            attempts.Add(socket);
        else
            socket.Dispose();
    }

    /// <summary>The first connection that is made within the time of one attempt; those that were refused are dropped, and end the wait too.</summary>
    private static unsafe RawSocket? TakeConnected(List<RawSocket> attempts)
    {
        Span<Native.PollEntry> entries = stackalloc Native.PollEntry[attempts.Count];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = new Native.PollEntry { Descriptor = attempts[i].Descriptor, Events = Native.PollOut };
        fixed (Native.PollEntry* first = entries)
            Native.Poll(first, (nuint)entries.Length, (int)AttemptEvery.TotalMilliseconds);
        for (int i = entries.Length - 1; i >= 0; i--)
        {
            if (entries[i].Returned == 0)
                continue;
            RawSocket socket = attempts[i];
            attempts.RemoveAt(i);
            if (socket.TakeError() == 0)
                return socket;
            socket.Dispose();
        }
        return null;
    }

    private bool Ask(RawSocket socket, TimeSpan left)
    {
        if (!socket.Send(_request))
            return false;
        int count = 0;
        while (count < _answer.Length && socket.Wait(Native.PollIn, left))
        {
            int received = socket.Receive(_answer.AsSpan(count));
            if (received is 0 or -2)
                return false;
            count += Math.Max(received, 0);
            if (_answer.AsSpan(0, count).IndexOf("\r\n"u8) > 0)
                return _answer.AsSpan(0, count).StartsWith("HTTP/1.1 200 "u8) || _answer.AsSpan(0, count).StartsWith("HTTP/1.0 200 "u8);
        }
        return false;
    }
}
