// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Clients.Video;

/// <summary>Sockets that are waited for together (epoll), however many; each is known by a number of the caller's.</summary>
internal sealed unsafe class EventSet : IDisposable
{
    private const int MaxEvents = 1024;

    private readonly int _descriptor = Native.EventCreate(Native.CloseOnExec);
    private readonly Native.Event[] _events = new Native.Event[MaxEvents];

    /// <summary>Adds a socket that is read from.</summary>
    internal void Add(int descriptor, int number)
    {
        var wanted = new Native.Event { Events = (uint)Native.PollIn, Data = (ulong)number };
        if (Native.EventControl(_descriptor, Native.EventAdd, descriptor, &wanted) != 0)
            throw SystemCallException.Last("epoll_ctl");
    }

    /// <summary>Takes a socket out.</summary>
    internal void Remove(int descriptor)
    {
        var unused = default(Native.Event);
        Native.EventControl(_descriptor, Native.EventRemove, descriptor, &unused);
    }

    /// <summary>Waits until sockets can be read and has each of them handled; returns how many.</summary>
    internal int Wait(int milliseconds, Action<int> handle)
    {
        int count;
        fixed (Native.Event* first = _events)
            count = Native.EventWait(_descriptor, first, MaxEvents, milliseconds);
        for (int i = 0; i < count; i++)
            handle((int)_events[i].Data);
        return Math.Max(count, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => Native.Close(_descriptor);
}
