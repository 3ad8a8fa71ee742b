// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Front;

namespace Uaas.Master.Tests;

/// <summary>Who gets an instance, who waits, and who is turned away.</summary>
public sealed class ServiceGateTests
{
    private readonly Recorder _master = new();
    private readonly ServiceGate _gate;

    public ServiceGateTests()
    {
        _gate = new ServiceGate("site", _master) { Settings = new GateSettings { Queue = 2, Deadline = TimeSpan.FromSeconds(20) } };
    }

    [Fact]
    public async Task The_least_busy_instance_gets_the_request()
    {
        KnownInstance one = Instance("site-1");
        KnownInstance other = Instance("site-2");
        KnownInstance first = await AdmitAsync();
        KnownInstance second = await AdmitAsync();
        Assert.NotSame(first, second);
        _gate.End(first);
        Assert.Same(first, await AdmitAsync());
        Assert.Equal(2, one.Active + other.Active);
    }

    [Fact]
    public async Task Requests_wait_for_an_instance_and_the_master_is_asked_once()
    {
        Task<Admission> one = _gate.AdmitAsync([], default).AsTask();
        Task<Admission> other = _gate.AdmitAsync([], default).AsTask();
        Assert.Equal(["want site"], _master.Said);
        Assert.Equal(2, _gate.Waiting);
        KnownInstance instance = Instance("site-1", isCold: true);
        Assert.Same(instance, (await one).Instance);
        Assert.True((await other).Waited);
        Assert.Equal(2, instance.Active);
        Assert.Equal(0, _gate.Waiting);
    }

    [Fact]
    public async Task A_full_queue_turns_away()
    {
        _ = _gate.AdmitAsync([], default).AsTask();
        _ = _gate.AdmitAsync([], default).AsTask();
        Admission third = await _gate.AdmitAsync([], default);
        Assert.Equal((503, 1), (third.Refusal!.Status, third.Refusal.RetryAfterSeconds));
    }

    [Fact]
    public async Task Whoever_waits_too_long_is_turned_away()
    {
        _gate.Settings = new GateSettings { Queue = 2, Deadline = TimeSpan.FromMilliseconds(1) };
        Admission late = await _gate.AdmitAsync([], default);
        Assert.Equal(504, late.Refusal!.Status);
        Assert.Equal(0, _gate.Waiting);
        Assert.Equal(["want site", "leave 1"], _master.Said);
    }

    [Fact]
    public async Task Whoever_goes_leaves_the_queue_and_with_the_last_one_the_question_is_withdrawn()
    {
        using var gone = new CancellationTokenSource();
        Task<Admission> one = _gate.AdmitAsync([], gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        Assert.Equal(["want site", "leave 1"], _master.Said);
    }

    [Fact]
    public async Task A_refusal_reaches_all_who_wait()
    {
        Task<Admission> one = _gate.AdmitAsync([], default).AsTask();
        _gate.Refuse(new Refusal(503, 9, "broken"));
        Assert.Equal("broken", (await one).Refusal!.Reason);
    }

    [Fact]
    public async Task A_draining_instance_gets_nothing_new_and_is_let_go_when_its_last_request_ends()
    {
        KnownInstance old = Instance("site-1");
        KnownInstance busy = await AdmitAsync();
        old.Drain();
        Assert.DoesNotContain("drained site-1", _master.Said);
        KnownInstance other = Instance("site-2");
        Assert.Same(other, await AdmitAsync());
        _gate.End(busy);
        Assert.Equal(1, _master.Said.Count(said => said == "drained site-1"));
    }

    [Fact]
    public async Task An_idle_instance_is_let_go_at_once_and_may_be_called_back()
    {
        KnownInstance instance = Instance("site-1");
        instance.Drain();
        Assert.Equal(["drained site-1"], _master.Said);
        instance.Resume();
        Assert.Same(instance, await AdmitAsync());
        _gate.End(instance);
        instance.Drain();
        Assert.Equal(2, _master.Said.Count(said => said == "drained site-1"));
    }

    [Fact]
    public async Task An_instance_that_has_failed_a_request_is_not_tried_again_for_it()
    {
        KnownInstance bad = Instance("site-1");
        KnownInstance good = Instance("site-2");
        Assert.Same(good, (await _gate.AdmitAsync([bad], default)).Instance);
        Task<Admission> waits = _gate.AdmitAsync([bad, good], default).AsTask();
        Assert.False(waits.IsCompleted);
        KnownInstance fresh = Instance("site-3");
        Assert.Same(fresh, (await waits).Instance);
    }

    [Fact]
    public async Task A_master_that_comes_back_is_asked_again()
    {
        Task<Admission> waits = _gate.AdmitAsync([], default).AsTask();
        _gate.AskAgain();
        Assert.Equal(["want site", "want site"], _master.Said);
        Instance("site-1");
        Assert.NotNull((await waits).Instance);
    }

    [Fact]
    public async Task A_crowd_is_told_of_while_it_comes_and_each_time_it_has_doubled()
    {
        _gate.Settings = _gate.Settings with { Concurrency = 3 };
        Instance("site-1");
        for (int i = 0; i < 20; i++)
            await AdmitAsync();
        Assert.Equal(["load 4", "load 8", "load 16"], _master.Said);
    }

    [Fact]
    public async Task What_the_instances_are_there_for_is_told_in_its_time()
    {
        _gate.Settings = _gate.Settings with { Concurrency = 3 };
        Instance("site-1");
        Instance("site-2");
        for (int i = 0; i < 6; i++)
            await AdmitAsync();
        Assert.Empty(_master.Said);
    }

    [Fact]
    public void Drains_and_begins_at_the_same_time_never_lose_a_request()
    {
        for (int round = 0; round < 2000; round++)
        {
            var gate = new ServiceGate("site", new Recorder());
            var instance = new KnownInstance("site-1", gate, new IPEndPoint(IPAddress.Loopback, 80), isCold: false);
            bool hasBegun = false;
            Parallel.Invoke(() => hasBegun = instance.TryBegin(), instance.Drain);
            Assert.Equal(hasBegun ? 1 : 0, instance.Active);
            Assert.Equal(!hasBegun, !instance.TrySayDrained());
        }
    }

    private KnownInstance Instance(string id, bool isCold = false)
    {
        var instance = new KnownInstance(id, _gate, new IPEndPoint(IPAddress.Loopback, 80), isCold);
        _gate.Add(instance);
        return instance;
    }

    private async Task<KnownInstance> AdmitAsync() => (await _gate.AdmitAsync([], default)).Instance!;

    private sealed class Recorder : IMaster
    {
        private readonly List<string> _said = [];
        private long _sequence;

        public bool IsAway => false;

        internal IReadOnlyList<string> Said
        {
            get
            {
                lock (_said)
                    return [.. _said];
            }
        }

        public long Want(string service)
        {
            Add($"want {service}");
            return ++_sequence;
        }

        public void Leave(long sequence) => Add($"leave {sequence}");

        public void SayDrained(string instance) => Add($"drained {instance}");

        public void Tell(ServiceGate service)
        {
            service.NoteTold(service.Instances.Sum(instance => instance.Active));
            Add($"load {service.Instances.Sum(instance => instance.Active)}");
        }

        public void Remind(ServiceGate service) => Volatile.Write(ref service.IsUntold, 0);

        private void Add(string said)
        {
            lock (_said)
                _said.Add(said);
        }
    }
}
