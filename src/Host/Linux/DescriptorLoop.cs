// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>
/// One thread that waits for any number of descriptors (consoles, processes) and calls back when one has something to read. A thousand idle
/// instances cost a thousand table entries here, not a thousand threads.
/// </summary>
public sealed unsafe class DescriptorLoop
{
    private const int EpollAdd = 1;
    private const int EpollDelete = 2;
    private const int EpollCloseOnExec = 0x80000;
    private const uint EpollIn = 1;
    private const int EventsAtOnce = 64;

    private static readonly Lazy<DescriptorLoop> LazyShared = new(() => new DescriptorLoop());

    private readonly SafeFileHandle _epoll;
    private readonly ConcurrentDictionary<long, Registration> _registrations = new();
    private long _nextToken;

    private DescriptorLoop()
    {
        _epoll = Libc.EpollCreate(EpollCloseOnExec);
        if (_epoll.IsInvalid)
            throw SystemCallException.Last("epoll_create1");
        new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "descriptors" }.Start();
    }

    /// <summary>The loop of this process; its thread starts at first use.</summary>
    public static DescriptorLoop Shared => LazyShared.Value;

    /// <summary>
    /// Calls <paramref name="onReadable"/> on the loop's thread whenever the descriptor can be read or its other end is gone, until it returns
    /// false. The callback must not block.
    /// </summary>
    /// <exception cref="SystemCallException">The kernel does not take the descriptor.</exception>
    public void Watch(SafeFileHandle descriptor, Func<bool> onReadable)
    {
        long token = Interlocked.Increment(ref _nextToken);
        _registrations[token] = new Registration(descriptor, onReadable);
        var settings = new Libc.EpollEvent { Events = EpollIn, Data = token };
        if (Libc.EpollControl(_epoll, EpollAdd, descriptor, &settings) == 0)
            return;
        _registrations.TryRemove(token, out _);
        throw SystemCallException.Last("epoll_ctl");
    }

    private void Run()
    {
        Libc.EpollEvent* events = stackalloc Libc.EpollEvent[EventsAtOnce];
        while (true)
        {
            int count = Libc.EpollWait(_epoll, events, EventsAtOnce, -1);
            for (int i = 0; i < count; i++)
                Dispatch(events[i].Data);
        }
    }

    private void Dispatch(long token)
    {
        if (!_registrations.TryGetValue(token, out Registration registration) || registration.OnReadable())
            return;
        _registrations.TryRemove(token, out _);
        if (!registration.Descriptor.IsClosed)
            Libc.EpollControl(_epoll, EpollDelete, registration.Descriptor, null);
    }

    private readonly record struct Registration(SafeFileHandle Descriptor, Func<bool> OnReadable);
}
