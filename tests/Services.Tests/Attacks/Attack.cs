// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Xunit;

namespace Uaas.Services.Tests.Attacks;

/// <summary>What clients do who mean ill, by connections; <see cref="FrameAttacks"/> has what they do below.</summary>
internal static class Attack
{
    private const string Get = "GET /digits.txt HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string GetLarge = "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n";

    /// <summary>More than the site serves at a time.</summary>
    private const int TooMany = 1_150;

    internal static readonly IReadOnlyDictionary<string, Action<AttackedSite>> All = new Dictionary<string, Action<AttackedSite>>(FrameAttacks.All)
    {
        ["heads that come drop by drop"] = HeadsDropByDrop,
        ["more connections than there are"] = TooManyConnections,
        ["clients that do not read"] = DeafClients,
        ["resets"] = Resets,
        ["pipelines without end"] = Pipelines,
        ["ranges in pipelines"] = RangesInPipelines,
        ["giant heads"] = GiantHeads,
        ["half-closed connections"] = HalfClosed,
        ["content without end"] = ContentWithoutEnd,
        ["connections that come and go"] = ComingAndGoing,
    };

    private static void HeadsDropByDrop(AttackedSite site)
    {
        List<Socket> sockets = site.Open(900);
        Assert.Equal(900, sockets.Count);
        Stopwatch watch = Stopwatch.StartNew();
        sockets.ForEach(socket => TrySend(socket, "GET / HTTP/1.1\r\nX"));
        while (watch.Elapsed < TimeSpan.FromSeconds(AttackedSite.Limit + 1))
        {
            site.AssertServes();
            sockets.ForEach(socket => TrySend(socket, "a"));
            Thread.Sleep(200);
        }

        site.WaitForConnections(0);
    }

    private static void TooManyConnections(AttackedSite site)
    {
        List<Socket> sockets = site.Open(TooMany);
        List<(Socket Socket, string Answer)> answered = [.. sockets.Where(socket => TrySend(socket, Get)).ToList().Select(socket => (socket, ReceiveSome(socket)))];
        List<Socket> served = [.. answered.Where(one => one.Answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)).Select(one => one.Socket)];
        Assert.All(answered, one => Assert.True(one.Answer.Length == 0 || one.Answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) || one.Answer.StartsWith("HTTP/1.1 503", StringComparison.Ordinal), one.Answer));

        // Whoever takes long to come up to here is served in the place of those that have been idle meanwhile: so many were served, but no more at a time than there are.
        Assert.True(served.Count >= 500, $"{served.Count} were served");
        Assert.InRange(served.Count(IsOpen), 0, AttackedSite.Capacity);
        Assert.InRange(site.Metric("http_connections"), 0, AttackedSite.Capacity);

        // Those that have been idle for a second make room, once the clients that were sent away have gone.
        Leave(sockets);
        Thread.Sleep(1_100);
        site.AssertServes();
        Close(sockets);

        // So do those that never said a word.
        List<Socket> silent = site.Open(TooMany);
        Leave(silent);
        Thread.Sleep(1_100);
        site.AssertServes();
        Close(silent);
    }

    private static void DeafClients(AttackedSite site)
    {
        List<Socket> sockets = site.Open(300);
        sockets.ForEach(socket => TrySend(socket, string.Concat(Enumerable.Repeat(GetLarge, 4))));
        site.AssertServes();

        // Each is cut off when it has taken nothing for the site's send timeout, however its kernel answers probes.
        site.WaitForConnections(0);
    }

    private static void Resets(AttackedSite site)
    {
        for (int round = 0; round < 20; round++)
        {
            List<Socket> sockets = site.Open(100);
            foreach (Socket socket in sockets)
            {
                TrySend(socket, round % 2 == 0 ? GetLarge : "GET / HT");
                socket.LingerState = new LingerOption(true, 0);
            }

            Close(sockets);
        }

        site.WaitForConnections(0);
    }

    private static void Pipelines(AttackedSite site)
    {
        const int count = 5_000;
        string requests = string.Concat(Enumerable.Repeat(Get, count - 1)) + Get.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal);
        List<Socket> deaf = site.Open(50);
        foreach (Socket socket in deaf)
        {
            socket.Blocking = false;
            TrySend(socket, requests);
        }

        // All that is asked for in a row is answered in a row, by one who reads while it sends.
        using Socket busy = site.Open(1).Single();
        Thread sender = new(() => TrySend(busy, requests));
        sender.Start();
        StringBuilder answers = new();
        for (string some; (some = ReceiveSome(busy)).Length > 0;) answers.Append(some);
        sender.Join();
        Assert.Equal(count, answers.ToString().Split("HTTP/1.1 200 ").Length - 1);
        Close(deaf);
        site.WaitForConnections(1);
    }

    private static void RangesInPipelines(AttackedSite site)
    {
        string ranges = string.Join(',', Enumerable.Range(0, 16).Select(i => $"{i * 100_000}-{i * 100_000 + 20_000}"));
        string request = $"GET /large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes={ranges}\r\n\r\n";
        List<Socket> sockets = site.Open(1_000);
        sockets.ForEach(socket => TrySend(socket, string.Concat(Enumerable.Repeat(request, 8))));

        // Bodies of many parts run out, and then the whole is sent instead.
        HttpReply reply = site.Exchange(request.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal)).Single();
        Assert.Equal((200, 3_000_000), (reply.Status, reply.Body.Length));
        Close(sockets);
        site.WaitForConnections(0);
    }

    private static void GiantHeads(AttackedSite site)
    {
        string line = $"X-{new string('a', 200)}: {new string('b', 5_000)}\r\n";
        List<Socket> sockets = site.Open(100);
        foreach (Socket socket in sockets)
        {
            TrySend(socket, "GET / HTTP/1.1\r\n");
            for (int i = 0; i < 20 && TrySend(socket, line); i++)
            {
            }
        }

        Assert.All(sockets, socket => Assert.True(ReceiveSome(socket) is "" or ['H', 'T', 'T', 'P', '/', '1', '.', '1', ' ', '4', '3', '1', ..]));
        Close(sockets);
        site.WaitForConnections(0);
    }

    private static void HalfClosed(AttackedSite site)
    {
        List<Socket> whole = site.Open(300);
        List<Socket> partial = site.Open(300);
        whole.ForEach(socket => TrySend(socket, Get));
        partial.ForEach(socket => TrySend(socket, "GET / HTTP/1.1\r\nHost"));
        foreach (Socket socket in whole.Concat(partial)) socket.Shutdown(SocketShutdown.Send);
        Assert.All(whole, socket => Assert.StartsWith("HTTP/1.1 200", ReceiveSome(socket), StringComparison.Ordinal));

        // They keep their own half open; the guest keeps nothing.
        site.WaitForConnections(0);
        Close(whole);
        Close(partial);
    }

    private static void ContentWithoutEnd(AttackedSite site)
    {
        List<Socket> sockets = site.Open(100);
        string chunk = $"4000\r\n{new string('c', 0x4000)}\r\n";
        foreach (Socket socket in sockets)
        {
            TrySend(socket, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 100 && TrySend(socket, chunk); i++)
            {
            }
        }

        site.AssertServes();
        Close(sockets);
        site.WaitForConnections(0);
    }

    private static void ComingAndGoing(AttackedSite site)
    {
        for (int round = 0; round < 15; round++)
        {
            List<Socket> sockets = site.Open(100);
            sockets.ForEach(socket => TrySend(socket, Get));
            Assert.All(sockets, socket => Assert.StartsWith("HTTP/1.1 200", ReceiveSome(socket), StringComparison.Ordinal));
            Close(sockets);
        }

        site.WaitForConnections(0);
    }

    /// <summary>False where the connection is gone, or takes no more just now.</summary>
    private static bool TrySend(Socket socket, string text)
    {
        try
        {
            byte[] bytes = Encoding.ASCII.GetBytes(text);
            return socket.Send(bytes) == bytes.Length;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Some of what has come; empty where the connection is at its end.</summary>
    private static string ReceiveSome(Socket socket)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            return Encoding.Latin1.GetString(buffer, 0, socket.Receive(buffer));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
            return "";
        }
    }

    /// <summary>Whether the other side has neither closed it nor anything more to say.</summary>
    private static bool IsOpen(Socket socket) => !socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Closes what the other side has something to say about, or has closed.</summary>
    private static void Leave(List<Socket> sockets) => Close([.. sockets.Where(socket => !IsOpen(socket))]);

    private static void Close(List<Socket> sockets) => sockets.ForEach(socket => socket.Dispose());
}
