// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using Uaas.Gateway;
using Xunit;

namespace Uaas.Host.Tests.Gateway;

public sealed class BackendPoolTests
{
    private readonly ManualClock _clock = new();
    private readonly BackendPool _pool;

    public BackendPoolTests()
    {
        _pool = new BackendPool(_clock);
        for (int port = 1; port <= 3; port++)
            _pool.Add(Server(port));
    }

    [Fact]
    public void Idle_instances_take_turns() =>
        Assert.Equal(3, Enumerable.Range(0, 3).Select(_ => Pick().Server.Port).Distinct().Count());

    [Fact]
    public void The_least_busy_instance_is_next()
    {
        Backend[] all = Each();
        all[0].Begin();
        all[1].Begin();
        all[1].Begin();
        all[2].Begin();
        all[2].Begin();
        Assert.Equal(all[0], Pick());
        all[2].End();
        all[2].End();
        Assert.Equal(all[2], Pick());
    }

    [Fact]
    public void An_instance_that_failed_is_avoided_for_a_while_that_doubles()
    {
        Backend failing = Pick();
        foreach (int seconds in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            failing.NoteFailure();
            Assert.Equal(TimeSpan.FromSeconds(seconds), failing.AvoidUntil - _clock.GetUtcNow());
            Assert.DoesNotContain(failing, Enumerable.Range(0, 6).Select(_ => Pick()));
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            Assert.Contains(failing, Enumerable.Range(0, 6).Select(_ => Pick()));
        }
        failing.NoteSuccess();
        failing.NoteFailure();
        Assert.Equal(TimeSpan.FromSeconds(1), failing.AvoidUntil - _clock.GetUtcNow());
    }

    [Fact]
    public void Where_all_failed_the_one_that_is_due_first_is_tried()
    {
        Backend[] all = Each();
        foreach (Backend backend in all)
            backend.NoteFailure();
        all[0].NoteFailure();
        all[2].NoteFailure();
        Assert.Equal(all[1], Pick());
    }

    [Fact]
    public void What_was_tried_is_not_picked_again()
    {
        var tried = new List<Backend>();
        for (int i = 0; i < 3; i++)
            tried.Add(_pool.Pick(tried)!);
        Assert.Equal(3, tried.Distinct().Count());
        Assert.Null(_pool.Pick(tried));
    }

    [Fact]
    public void An_instance_that_was_taken_out_gets_nothing()
    {
        _pool.Remove(Server(2));
        Assert.Equal(2, _pool.Count);
        Assert.DoesNotContain(2, Enumerable.Range(0, 6).Select(_ => Pick().Server.Port));
        _pool.Remove(Server(1));
        _pool.Remove(Server(3));
        Assert.Null(_pool.Pick([]));
    }

    private static IPEndPoint Server(int port) => new(IPAddress.Loopback, port);

    private Backend Pick() => _pool.Pick([])!;

    private Backend[] Each()
    {
        var all = new List<Backend>();
        for (int i = 0; i < 3; i++)
            all.Add(_pool.Pick(all)!);
        return [.. all.OrderBy(backend => backend.Server.Port)];
    }
}
