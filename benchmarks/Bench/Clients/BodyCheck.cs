// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Text;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

using Native = Uaas.Bench.Machine.Native;

/// <summary>Asks once for a body and compares every byte: figures of wrong answers are worth nothing, and wrk does not look.</summary>
internal static class BodyCheck
{
    private const int ChunkSize = 64 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Checks, in the calling thread's network namespace.</summary>
    /// <param name="server">Where the server listens.</param>
    /// <param name="path">What to ask for.</param>
    /// <param name="expected">The body that has to come.</param>
    /// <exception cref="UaasException">Another body came, or none.</exception>
    internal static void Require(IPEndPoint server, string path, ReadOnlySpan<byte> expected)
    {
        ReadOnlySpan<byte> answer = Fetch(server, path);
        int head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0 || !answer[(head + 4)..].SequenceEqual(expected))
            throw new UaasException(Failure.Lost, $"http://{server}{path} does not bring the {expected.Length} bytes of the site, but {answer.Length - head - 4}");
    }

    private static byte[] Fetch(IPEndPoint server, string path)
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
