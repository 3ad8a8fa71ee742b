// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using Uaas.Linux;

namespace Uaas.Networking;

/// <summary>
/// Hears which links of the namespace are running. A link that is up is not running at once: the kernel says so a fraction of a millisecond later,
/// and a frame sent before that is lost.
/// </summary>
internal sealed class LinkMonitor : IDisposable
{
    private const uint LinkGroup = 1;
    private const ushort NewLink = 16;
    private const ushort DeletedLink = 17;
    private const uint Running = 0x40;
    private const int LinkHeaderSize = 16;

    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(10);

    private readonly NetlinkSocket _socket = NetlinkSocket.ForRoutes(LinkGroup);
    private readonly HashSet<int> _running = [];

    /// <summary>Waits until the link runs. It must have been set up after this monitor was made.</summary>
    /// <exception cref="SystemCallException">It does not run in time: nobody holds its descriptor, or it is down.</exception>
    internal void WaitRunning(int link, TimeSpan atMost)
    {
        long start = Stopwatch.GetTimestamp();
        while (!_running.Contains(link))
        {
            TimeSpan left = atMost - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                throw new SystemCallException($"wait for link {link} to run", Errno.Again);

            // Nothing within that time is unusual: so much may have happened to other links, unread, that the kernel had no room for this message.
            ReadOnlySpan<byte> datagram = _socket.ReceiveWithin(left < AskEvery ? left : AskEvery);
            if (datagram.IsEmpty)
                _socket.AskForLink(link);
            Note(datagram);
        }
    }

    /// <summary>
    /// Waits until the link, which was not running a moment ago, runs. What was heard of it before may be out of date, so the kernel is asked; it answers
    /// after what it is just doing to links.
    /// </summary>
    /// <exception cref="SystemCallException">It does not run in time.</exception>
    internal void WaitRunningAgain(int link, TimeSpan atMost)
    {
        long start = Stopwatch.GetTimestamp();
        uint firstQuestion = _socket.AskForLink(link);
        while (Stopwatch.GetElapsedTime(start) < atMost)
        {
            ReadOnlySpan<byte> datagram = _socket.ReceiveWithin(AskEvery);
            bool isAnswer = IsAnswer(datagram, firstQuestion);
            bool isAboutLink = IsAbout(datagram, link);
            Note(datagram);
            if (isAnswer && _running.Contains(link))
                return;
            if (datagram.IsEmpty || (isAboutLink && !isAnswer))
                _socket.AskForLink(link);
        }
        throw new SystemCallException($"wait for link {link} to run again", Errno.Again);
    }

    /// <summary>Takes what one datagram says into account.</summary>
    internal void Note(ReadOnlySpan<byte> datagram)
    {
        while (NetlinkMessage.TryTake(ref datagram, out NetlinkMessage message))
        {
            if (message.Type is not (NewLink or DeletedLink) || message.Payload.Length < LinkHeaderSize)
                continue;
            int link = BinaryPrimitives.ReadInt32LittleEndian(message.Payload[4..]);
            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(message.Payload[8..]);
            if (message.Type == NewLink && (flags & Running) != 0)
                _running.Add(link);
            else
                _running.Remove(link);
        }
    }

    /// <summary>Whether the kernel answers that question or a later one. Batches of other sockets have lower numbers.</summary>
    private static bool IsAnswer(ReadOnlySpan<byte> datagram, uint firstQuestion)
    {
        while (NetlinkMessage.TryTake(ref datagram, out NetlinkMessage message))
        {
            if (message.Sequence >= firstQuestion)
                return true;
        }
        return false;
    }

    private static bool IsAbout(ReadOnlySpan<byte> datagram, int link)
    {
        while (NetlinkMessage.TryTake(ref datagram, out NetlinkMessage message))
        {
            if (message.Type == NewLink && message.Payload.Length >= LinkHeaderSize && BinaryPrimitives.ReadInt32LittleEndian(message.Payload[4..]) == link)
                return true;
        }
        return false;
    }

    /// <summary>Whether the link ran when last heard of.</summary>
    internal bool IsRunning(int link) => _running.Contains(link);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
