// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Text;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

/// <summary>Asks once for something over a connection of its own, and takes what comes until the server closes it.</summary>
internal static class PlainFetch
{
    private const int ChunkSize = 64 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>The body of an answer 200, asked for in the calling thread's network namespace.</summary>
    /// <param name="server">Where the server listens.</param>
    /// <param name="path">What to ask for.</param>
    /// <exception cref="UaasException">No answer came, or another one.</exception>
    internal static byte[] Get(IPEndPoint server, string path)
    {
        byte[] answer = Exchange(server, path);
        int head = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        return head > 0 && answer.AsSpan().StartsWith("HTTP/1.1 200 "u8)
            ? answer[(head + 4)..]
            : throw new UaasException(Failure.Lost, $"http://{server}{path} does not answer 200");
    }

    /// <summary>The status of an answer, asked for in the calling thread's network namespace; 0 where none came.</summary>
    internal static int StatusOf(IPEndPoint server, string path)
    {
        ReadOnlySpan<byte> answer = Exchange(server, path);
        return answer.Length > "HTTP/1.1 200".Length && int.TryParse(answer.Slice("HTTP/1.1 ".Length, 3), out int status) ? status : 0;
    }

    private static byte[] Exchange(IPEndPoint server, string path)
    {
        using RawSocket socket = RawSocket.Open();
        if (socket.Connect(server) != 0 || !socket.Wait(Native.PollOut, Limit) || socket.TakeError() != 0
            || !socket.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server.Address}\r\nConnection: close\r\n\r\n")))
            throw new UaasException(Failure.Lost, $"cannot connect to {server}");
        var received = new MemoryStream();
        byte[] chunk = new byte[ChunkSize];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Limit && socket.Wait(Native.PollIn, Limit))
        {
            int count = socket.Receive(chunk);
            if (count is 0 or -2)
                break;
            received.Write(chunk, 0, Math.Max(count, 0));
        }
        return received.ToArray();
    }
}
