// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>However a stream of requests is cut into segments, the answers are the same.</summary>
public class SegmentationTests
{
    private static readonly HttpLimits Limits = new() { MaxRequestLine = 60, MaxHeadSize = 160, MaxHeaderCount = 4, MaxBody = 40, MaxDiscardedBody = 20 };

    /// <summary>Streams, good and bad.</summary>
    private static readonly string[] Corpus =
    [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\n\r\nGET /2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /3 HTTP/1.0\r\n\r\nGET /4 HTTP/1.0\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789GET /next HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n1\r\nZ\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcdGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\n HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\rX: y\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /0123456789012345678901234567890123456789012345 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /01234567890123456789012345678901234567890123456 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /01234567890123456789012345678901234567890123456789\0HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 128) + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 129) + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 130) + "\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 131) + "\0\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: b\r\nA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: b\r\nA: b\r\nA: b\n\r\n",
    ];

    public static TheoryData<string> Streams => [.. Corpus];

    [Theory]
    [MemberData(nameof(Streams))]
    public void One_cut_anywhere_changes_nothing(string stream)
    {
        foreach (bool wantsBody in new[] { false, true })
        {
            string whole = Answer(stream, wantsBody, stream.Length);
            Assert.NotEmpty(whole);
            for (int cut = 1; cut < stream.Length; cut++) Assert.Equal(whole, Answer(stream, wantsBody, cut, stream.Length - cut));
            Assert.Equal(whole, Answer(stream, wantsBody, [.. Enumerable.Repeat(1, stream.Length)]));
        }
    }

    [Fact]
    public void Random_streams_cut_at_random_change_nothing()
    {
        Random random = new(11);
        for (int i = 0; i < 2000; i++)
        {
            string stream = Corpus[random.Next(Corpus.Length)] + Corpus[random.Next(Corpus.Length)];
            if (random.Next(2) == 0)
            {
                int position = random.Next(stream.Length);
                stream = stream[..position] + "\r\n\0 :x9;"[random.Next(8)] + stream[(position + random.Next(2))..];
            }

            List<int> sizes = [];
            for (int left = stream.Length; left > 0; left -= sizes[^1]) sizes.Add(random.Next(1, Math.Min(left, 40) + 1));
            Assert.Equal(Answer(stream, true, stream.Length), Answer(stream, true, [.. sizes]));
        }
    }

    [Fact]
    public void A_head_that_trickles_in_is_scanned_once()
    {
        HttpLimits limits = new() { MaxHeadSize = 60_000, MaxHeaderCount = 200, MaxRequestLine = 8000 };
        byte[] head = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: a\r\n" + string.Concat(Enumerable.Repeat("X: " + new string('x', 290) + "\r\n", 190)) + "\r\n");
        ushort[] lineEnds = new ushort[limits.MaxHeaderCount + 1];
        HeadScanner scanner = default;
        for (int length = 1; length < head.Length; length++)
        {
            Assert.Equal(HeadScanResult.Incomplete, scanner.Scan(head.AsSpan(0, length), limits, lineEnds, out _));
            Assert.InRange(scanner.Length, length - 1, length);
        }

        Assert.Equal(HeadScanResult.Complete, scanner.Scan(head, limits, lineEnds, out _));
        Assert.Equal(head.Length, scanner.Length);
        Assert.Equal(192, scanner.LineCount);
    }

    private static string Answer(string stream, bool wantsBody, params int[] sizes)
    {
        BodyEchoHandler bodies = new();
        TestServer server = new(wantsBody ? bodies : new EchoHandler(), Limits);
        TestTransport transport = server.Connect();
        int position = 0;
        foreach (int size in sizes)
        {
            transport.Send(stream.Substring(position, size));
            position += size;
        }

        transport.PeerFinishes();
        bool finished = transport.IsFinished;
        transport.Close();
        Assert.Equal(0, server.Server.ActiveConnections);
        Assert.Equal(0, server.Server.Buffers.InUse);
        return $"{transport.Text}|{finished}|{string.Join(',', bodies.Bodies)}|{bodies.Aborts}";
    }
}
