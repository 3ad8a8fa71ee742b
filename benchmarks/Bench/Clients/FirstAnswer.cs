// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Net;
using System.Text;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

using Native = Uaas.Bench.Machine.Native;

/// <summary>
/// Waits for a server's first 200. Where the server's address refuses (a socket nobody listens on yet), it tries again at once; where it takes the
/// frames and answers later (a held tap), one connection is enough.
/// </summary>
/// <param name="server">Where the server will listen.</param>
/// <param name="path">What to ask for.</param>
internal sealed class FirstAnswer(IPEndPoint server, string path)
{
    private readonly byte[] _request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server.Address}\r\nConnection: close\r\n\r\n");
    private readonly byte[] _answer = new byte[16 * 1024];

    /// <summary>Time from <paramref name="start"/> until an answer 200 came.</summary>
    /// <param name="start">A <see cref="Stopwatch"/> timestamp, taken before the server's process was started.</param>
    /// <param name="limit">How long to wait.</param>
    /// <exception cref="UaasException">None came in time.</exception>
    internal TimeSpan Await(long start, TimeSpan limit)
    {
        while (Stopwatch.GetElapsedTime(start) < limit)
        {
            using RawSocket socket = RawSocket.Open();
            if (Ask(socket, limit - Stopwatch.GetElapsedTime(start)))
                return Stopwatch.GetElapsedTime(start);
        }
        throw new UaasException(Failure.Boot, $"no answer 200 from http://{server}{path} within {limit.TotalSeconds} s");
    }

    private bool Ask(RawSocket socket, TimeSpan left)
    {
        if (socket.Connect(server) != 0 || !socket.Wait(Native.PollOut, left) || socket.TakeError() != 0 || !socket.Send(_request))
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
