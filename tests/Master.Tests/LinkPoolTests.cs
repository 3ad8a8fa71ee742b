// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Net;
using System.Threading;
using Uaas.Agent;
using Uaas.Networking;

namespace Uaas.Master.Tests;

public sealed class LinkPoolTests
{
    private const int Depth = 8;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Maker _maker = new();

    [Fact]
    public void Links_are_made_when_half_are_gone_and_not_beside_each_start()
    {
        using var pool = new LinkPool(_maker, Depth);
        using var added = new SemaphoreSlim(0);
        pool.Added += _ => added.Release();
        pool.Fill();
        Await(added, Depth);

        for (int i = 0; i < Depth / 2 - 1; i++)
            Assert.NotNull(pool.Take(pool.Spare[0].Number));
        Assert.Equal(Depth, _maker.Made.Count);

        Assert.NotNull(pool.Take(pool.Spare[0].Number));
        Await(added, Depth / 2);
        Assert.Equal(Depth, pool.Spare.Count);
        Assert.Equal(Enumerable.Range(0, Depth + Depth / 2), _maker.Made.Order());
    }

    [Fact]
    public void A_link_that_cannot_be_made_anew_is_replaced_by_another()
    {
        using var pool = new LinkPool(_maker, 1);
        using var added = new SemaphoreSlim(0);
        pool.Added += _ => added.Release();
        pool.Fill();
        Await(added, 1);
        PooledLink link = pool.Take(0)!;
        Await(added, 1);
        Assert.Equal(1, Assert.Single(pool.Spare).Number);
        PooledLink other = pool.Take(1)!;
        Await(added, 1);

        _maker.CanRenew = false;
        using var failed = new SemaphoreSlim(0);
        pool.Failed += _ => failed.Release();
        pool.Return(link);
        Await(failed, 1);
        Assert.Equal(2, Assert.Single(pool.Spare).Number);

        _maker.CanRenew = true;
        pool.Return(other);
        Await(added, 1);
        Assert.Equal([1, 2], pool.Spare.Select(spare => spare.Number).Order());
    }

    private static void Await(SemaphoreSlim semaphore, int times)
    {
        for (int i = 0; i < times; i++)
            Assert.True(semaphore.Wait(s_patience));
    }

    private sealed class Maker : ILinkMaker
    {
        public ConcurrentQueue<int> Made { get; } = new();

        public bool CanRenew { get; set; } = true;

        public InstanceLink Make(int number)
        {
            Made.Enqueue(number);
            return new InstanceLink(null!, IPAddress.Loopback, default, 1500);
        }

        public InstanceLink Renew(InstanceLink link, bool offloads) => CanRenew ? link : throw new System.IO.IOException("no");

        public void Remove(InstanceLink link)
        {
        }
    }
}
