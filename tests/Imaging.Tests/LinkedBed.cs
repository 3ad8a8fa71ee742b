// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Uaas.Http;
using Uaas.Http.Tests.Support;
using Uaas.Imaging.Serving;
using Uaas.Imaging.Testing;
using Uaas.Net;
using Uaas.Net.Names;
using Uaas.Web.Tests.Support;
using Uaas.Wire;

namespace Uaas.Imaging.Tests;

/// <summary>The picture service without a machine, with a service linked to its port 9000, whose answers are scripted, and a name server; time is virtual.</summary>
internal sealed class LinkedBed
{
    private const int LinkPort = 9000;
    private const int DnsPort = 53;
    private const int Megabyte = 1 << 20;

    private readonly LossyLink _link;
    private readonly LinkedSources _sources;
    private readonly TestServer _server;
    private readonly UdpSocket _names;

    /// <param name="answer">What the n-th request (from 0) to the linked service is answered; see <see cref="ScriptedServer"/>.</param>
    /// <param name="settings">Settings, as they lie in the content.</param>
    /// <param name="resultBytes">Memory for results and sources.</param>
    /// <param name="listens">Whether anybody listens at the linked service.</param>
    internal LinkedBed(Func<int, string?> answer, string settings = "", int resultBytes = 2 * Megabyte, bool listens = true)
    {
        CodecLibrary.Prepare();
        LinkTable links = new();
        Assert.True(links.TryAdd(LinkPort, "pages"u8, 80));
        Assert.True(links.TryAdd(LinkPort + 1, "nobody"u8, 80));
        _link = new LossyLink(new HttpClock(), 1, 0, maxConnections: 32, links) { Turn = Turn, NextTurn = () => Images!.HasWork ? 0 : _sources!.NextDeadline };
        Service = new ScriptedServer(answer);
        if (listens) Assert.True(_link.Server.Tcp.Listen(80, Service));
        _names = _link.Server.Udp.Bind(DnsPort, 16, 512)!;
        ImageSettings read = new();
        Assert.True(read.TryRead(Encoding.ASCII.GetBytes(settings)));
        ImageWorker worker = new(read.Limits, read.Quality, 8 * Megabyte, 32 * Megabyte, new IdleHost());
        HttpLimits limits = new() { MaxConnections = 64 };
        _sources = new LinkedSources(_link.Client.Dialer, links);
        // There is no content: nothing but linked sources is asked for.
        Images = new ImageHandler(null!, read, worker, resultBytes, limits.MaxConnections + limits.MaxOverloadConnections, new NoOthers(), _sources);
        _server = new TestServer(Images, limits);
    }

    internal ImageHandler Images { get; }

    internal ScriptedServer Service { get; }

    /// <summary>A scripted answer with a file.</summary>
    internal static string Answer(byte[] file) => $"HTTP/1.1 200 OK\r\nContent-Length: {file.Length}\r\n\r\n{Encoding.Latin1.GetString(file)}";

    /// <summary>Asks for a picture of a source.</summary>
    internal TestTransport Ask(string target, params string[] fields)
    {
        Turn(_link.Now);
        TestTransport client = _server.Connect();
        client.Send($"GET {target} HTTP/1.1\r\nHost: i\r\n{string.Concat(fields.Select(static field => field + "\r\n"))}\r\n");
        return client;
    }

    /// <summary>What that is answered.</summary>
    internal Reply Get(string target, params string[] fields) => Answered(Ask(target, fields)).Single();

    /// <summary>Waits until all have been answered.</summary>
    internal List<Reply> Answered(params TestTransport[] clients)
    {
        Assert.True(_link.Until(() =>
        {
            foreach (TestTransport client in clients) client.Pump();
            return clients.All(static client => client.Received.Length > 0);
        }));
        foreach (TestTransport client in clients) client.Pump();
        List<Reply> replies = [.. clients.Select(static client => new Reply(client.Received))];
        foreach (TestTransport client in clients) client.Close();
        return replies;
    }

    /// <summary>Lets time pass.</summary>
    internal void Pass(double seconds) => _link.Until(() => false, seconds);

    /// <summary>Seconds that passed until now.</summary>
    internal double Now => _link.Now / 1e9;

    private void Turn(long now)
    {
        AnswerNames();
        _link.Client.SetTime(now);
        _sources.Turn(now);
        if (!Images.HasWork) return;
        Images.MakeNext();
        Images.Deliver();
    }

    private void AnswerNames()
    {
        Span<byte> question = stackalloc byte[512];
        while (_names.TryReceive(question, out int length, out Ipv4Address from, out ushort port))
        {
            bool isKnown = question[13] == (byte)'p';
            byte[] address = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(address, LossyLink.ServerAddress.Value);
            byte[] record = isKnown ? [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, .. address] : [];
            byte[] reply = [.. question[..length], .. record];
            BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(2), (ushort)(isKnown ? 0x8180 : 0x8183));
            reply[7] = (byte)(isKnown ? 1 : 0);
            _names.Send(from, port, reply);
        }
    }

    private sealed class NoOthers : HttpHandler
    {
        public override void Handle(in HttpRequest request, HttpResponse response) => response.SendStatus(HttpStatus.NotFound);
    }
}

/// <summary>An answer, taken apart.</summary>
internal sealed class Reply
{
    private readonly string _head;

    internal Reply(byte[] bytes)
    {
        int end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        _head = Encoding.Latin1.GetString(bytes, 0, end + 2);
        Body = bytes[(end + 4)..];
    }

    internal int Status => int.Parse(_head.AsSpan(9, 3), CultureInfo.InvariantCulture);

    internal byte[] Body { get; }

    internal string Text => Encoding.Latin1.GetString(Body);

    internal string? this[string field] =>
        _head.Split("\r\n").FirstOrDefault(line => line.StartsWith(field + ": ", StringComparison.Ordinal)) is { } line ? line[(field.Length + 2)..] : null;
}
