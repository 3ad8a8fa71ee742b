// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Uaas.Wire;
using Xunit;

namespace Uaas.Services.Tests.Attacks;

/// <summary>A booted site with short time limits, and what attackers do to it: many connections, and frames straight into its tap.</summary>
internal sealed class AttackedSite : IDisposable
{
    /// <summary>The time limits of the site, in seconds.</summary>
    internal const int Limit = 2;

    /// <summary>Connections that the site has at a time: those that it serves, and those that it is closing, or sends away.</summary>
    internal const int Capacity = 1024 + 16;

    private const int ManagementPort = 9090;

    // What connections may take of the guest's memory for good: those that are served, those that are sent away, the node's, and half-open ones. docs/http.md.
    private const int MemoryOfConnections = Capacity * (15 << 9) + 8 * (24 << 10) + 256 * (1 << 10);

    private static readonly TimeSpan s_prompt = TimeSpan.FromSeconds(60);

    private static readonly byte[] s_configuration = Encoding.ASCII.GetBytes(
        $"limits: {{ header-timeout: {Limit}s, idle-timeout: {Limit}s, send-timeout: {Limit}s }}\naccess-log: off\n");

    private readonly BootedSite _site;
    private readonly List<Socket> _opened = [];
    private readonly long _memoryAtStart;

    internal AttackedSite(string monitor)
    {
        IEnumerable<(string, byte[])> files = HttpBehaviours.Files.Where(file => file.Path != "uaas-site.yaml").Append(("uaas-site.yaml", s_configuration));
        _site = new BootedSite(monitor, files);
        _memoryAtStart = Metric("memory_used_bytes");
    }

    /// <summary>The guest's own address.</summary>
    internal Ipv4Address Address => new(BinaryPrimitives.ReadUInt32BigEndian(_site.Link.Address.GetAddressBytes()));

    /// <summary>The guest's station.</summary>
    internal MacAddress Station
    {
        get
        {
            byte[] bytes = new byte[6];
            _site.Link.EthernetAddress.WriteTo(bytes);
            return MacAddress.Read(bytes);
        }
    }

    /// <summary>Opens connections, as many as the guest takes of <paramref name="count"/>.</summary>
    internal List<Socket> Open(int count)
    {
        List<Socket> sockets = [];
        for (int i = 0; i < count; i++)
        {
            Socket socket = _site.NewSocket();
            try
            {
                socket.Connect(_site.EndPoint());
                sockets.Add(socket);
                _opened.Add(socket);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        return sockets;
    }

    /// <summary>Closes all that was opened and still is open.</summary>
    internal void CloseAll()
    {
        _opened.ForEach(socket => socket.Dispose());
        _opened.Clear();
    }

    /// <summary>A socket that sends frames as they are.</summary>
    internal PacketSocket OpenTap() => _site.Run(() => new PacketSocket(_site.Link.Tap.Index));

    /// <summary>Sends requests and returns all answers.</summary>
    internal List<HttpReply> Exchange(string requests) => HttpReply.ReadAll(_site.Exchange(Encoding.Latin1.GetBytes(requests)));

    /// <summary>The value of a metric.</summary>
    internal long Metric(string name)
    {
        string text = HttpReply.ReadAll(_site.Exchange("GET /metrics HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n"u8.ToArray(), ManagementPort)).Single().Text;
        string line = text.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return long.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until only so many connections are open.</summary>
    internal void WaitForConnections(int atMost)
    {
        long deadline = Environment.TickCount64 + (long)s_prompt.TotalMilliseconds;
        long open;
        while ((open = Metric("http_connections")) > atMost)
        {
            Assert.True(Environment.TickCount64 < deadline, $"{open} connections are still open");
            Thread.Sleep(50);
        }
    }

    /// <summary>A client who means well is answered, and soon.</summary>
    internal void AssertServes()
    {
        Stopwatch watch = Stopwatch.StartNew();
        HttpReply reply = Exchange("GET /digits.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").Single();
        Assert.Equal((200, "0123456789"), (reply.Status, reply.Text));
        Assert.True(watch.Elapsed < s_prompt, $"answered after {watch.Elapsed}");
    }

    /// <summary>The guest serves, runs on, and has taken no more memory than its connections may.</summary>
    internal void AssertWell()
    {
        AssertServes();
        Assert.False(_site.Instance.WaitAsync().IsCompleted, _site.Console);
        Assert.DoesNotContain("panic", _site.Console, StringComparison.Ordinal);
        long grown = Metric("memory_used_bytes") - _memoryAtStart;
        Assert.InRange(grown, 0, MemoryOfConnections);
    }

    public void Dispose() => _site.Dispose();
}
