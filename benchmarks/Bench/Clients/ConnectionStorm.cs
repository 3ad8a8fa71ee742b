// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Text;
using Uaas.Bench.Machine;

namespace Uaas.Bench.Clients;

/// <summary>How a storm went.</summary>
/// <param name="Answered">Connections that brought an answer 200 and ended in order.</param>
/// <param name="Failed">Those that did not.</param>
internal readonly record struct StormResult(long Answered, long Failed);

/// <summary>
/// Connection after connection, one request each, from several addresses; the server closes first and so is the one that keeps TIME_WAIT. One
/// thread, a bounded number of connections at a time.
/// </summary>
/// <param name="server">Where to.</param>
/// <param name="path">What to ask for.</param>
/// <param name="sources">The addresses to come from, in turns.</param>
/// <param name="atATime">How many connections at a time.</param>
internal sealed class ConnectionStorm(IPEndPoint server, string path, IReadOnlyList<IPAddress> sources, int atATime)
{
    private const int WaitMilliseconds = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly byte[] _request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server.Address}\r\nConnection: close\r\n\r\n");
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Native.PollEntry[] _polled = new Native.PollEntry[atATime];
    private readonly Slot[] _slots = new Slot[atATime];
    private long _started;
    private long _answered;
    private long _failed;

    /// <summary>Makes <paramref name="count"/> connections, in the calling thread's network namespace.</summary>
    internal unsafe StormResult Run(long count)
    {
        for (int i = 0; i < atATime && _started < count; i++)
            Open(i);
        while (_answered + _failed < count)
        {
            fixed (Native.PollEntry* entries = _polled)
                Native.Poll(entries, (nuint)atATime, WaitMilliseconds);
            for (int i = 0; i < atATime; i++)
            {
                if (_polled[i].Descriptor < 0 || !IsOver(i, out bool answered))
                    continue;
                Close(i, answered);
                if (_started < count)
                    Open(i);
            }
        }
        return new StormResult(_answered, _failed);
    }

    private void Open(int index)
    {
        RawSocket socket = RawSocket.Open();
        socket.Bind(sources[(int)(_started++ % sources.Count)]);
        int error = socket.Connect(server);
        _slots[index] = new Slot { Socket = socket, Since = Stopwatch.GetTimestamp(), Broken = error != 0 };
        _polled[index] = new Native.PollEntry { Descriptor = socket.Descriptor, Events = Native.PollOut };
    }

    private void Close(int index, bool answered)
    {
        _slots[index].Socket.Dispose();
        _polled[index] = new Native.PollEntry { Descriptor = -1 };
        _ = answered ? _answered++ : _failed++;
    }

    /// <summary>Takes a connection as far as it goes now; whether it is over.</summary>
    private bool IsOver(int index, out bool answered)
    {
        ref Slot slot = ref _slots[index];
        answered = false;
        if (slot.Broken || Stopwatch.GetElapsedTime(slot.Since) > Patience)
            return true;
        if (_polled[index].Returned == 0)
            return false;
        if (!slot.Asked)
        {
            slot.Asked = slot.Socket.TakeError() == 0 && slot.Socket.Send(_request);
            _polled[index].Events = Native.PollIn;
            return !slot.Asked;
        }
        int count = slot.Socket.Receive(_buffer);
        if (count == -1)
            return false;
        if (count > 0 && !slot.Answered)
            slot.Answered = _buffer.AsSpan(0, count).StartsWith("HTTP/1.1 200 "u8);
        answered = count == 0 && slot.Answered;
        return count <= 0;
    }

    private struct Slot
    {
        internal RawSocket Socket;
        internal long Since;
        internal bool Asked;
        internal bool Answered;
        internal bool Broken;
    }
}
