// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Master.Control;
using Uaas.Configuration;
using Uaas.Master.Storage;
using Uaas.Protocol.Agent;

namespace Uaas.Master.Tests;

/// <summary>What the control loop tells agent and fronts, by what they tell it.</summary>
public sealed class ControlLoopTests : IDisposable
{
    private readonly ControlBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void A_question_for_a_service_at_zero_starts_an_instance_and_is_answered_before_that_is_up()
    {
        _bed.Want();
        _bed.Connect();
        TestFront front = _bed.Front();
        front.Say("WANT seq=7 service=site");
        AgentCommand.Start start = Assert.Single(_bed.Told<AgentCommand.Start>());
        Assert.Equal(("site-1", "1-1", 0), (start.Instance, start.Template, start.Link));
        Assert.Equal(["GIVE seq=7 instance=site-1 service=site address=10.77.1.1:80 cold=1"], front.Told("GIVE"));
    }

    [Fact]
    public void A_second_question_goes_to_the_instance_that_comes_up()
    {
        _bed.Want();
        _bed.Connect();
        TestFront front = _bed.Front();
        front.Say("WANT seq=1 service=site");
        front.Say("WANT seq=2 service=site");
        Assert.Single(_bed.Told<AgentCommand.Start>());
        Assert.Equal(2, front.Told("GIVE").Count);
    }

    [Fact]
    public void A_template_is_prepared_before_the_first_start_and_not_again()
    {
        _bed.Want(min: 2);
        _bed.Told<AgentCommand.Prepare>();
        _bed.Connect();
        Assert.Single(_bed.Told<AgentCommand.Prepare>());
        Assert.Equal(2, _bed.Told<AgentCommand.Start>().Count);
    }

    [Fact]
    public void Without_a_link_a_start_waits_for_one()
    {
        _bed.Want();
        _bed.Connect(links: 0);
        TestFront front = _bed.Front();
        front.Say("WANT seq=1 service=site");
        Assert.Empty(_bed.Told<AgentCommand.Start>());
        Assert.Empty(front.Told("GIVE"));
        _bed.Control.OnAgent(_bed.Link());
        Assert.Single(_bed.Told<AgentCommand.Start>());
        Assert.Single(front.Told("GIVE"));
    }

    [Fact]
    public void A_link_that_is_told_twice_is_used_once()
    {
        _bed.Want(min: 2);
        _bed.Connect(links: 0);
        AgentEvent.LinkReady link = _bed.Link();
        _bed.Control.OnAgent(link);
        _bed.Control.OnAgent(link);
        Assert.Single(_bed.Told<AgentCommand.Start>());
    }

    [Fact]
    public void An_instance_that_may_ask_for_names_is_told_to_all_fronts_when_it_is_started_and_to_those_that_come_while_it_starts()
    {
        _bed.Want(min: 1, egress: new EgressRule("198.51.100.0/24", null));
        _bed.Connect(links: 0);
        TestFront one = _bed.Front();
        _bed.Control.OnAgent(_bed.Link());
        string[] told = ["ASKER id=site-1 service=site address=10.77.1.1:80"];
        Assert.Equal(told, one.Told("ASKER"));
        TestFront other = _bed.Front("other");
        Assert.Equal(told, other.Told("ASKER"));
        Assert.Empty(other.Told("INSTANCE"));
        _bed.Started("site-1");
        _bed.Ended("site-1");
        Assert.Equal(["GONE instance=site-1"], one.Told("GONE"));
        Assert.Equal(["GONE instance=site-1"], other.Told("GONE"));
    }

    [Fact]
    public void An_instance_that_answers_is_told_to_all_fronts_and_its_end_too()
    {
        _bed.Want(min: 1);
        _bed.Connect();
        TestFront one = _bed.Front("one");
        TestFront other = _bed.Front("other");
        _bed.Started("site-1");
        Assert.Empty(one.Told("INSTANCE"));
        _bed.Ready("site-1");
        const string line = "INSTANCE id=site-1 service=site address=10.77.1.1:80 state=ready";
        Assert.Equal([line], one.Told("INSTANCE"));
        Assert.Equal([line], other.Told("INSTANCE"));
        _bed.Ended("site-1");
        Assert.Equal(["GONE instance=site-1"], one.Told("GONE"));
        Assert.Equal("site-2", _bed.Told<AgentCommand.Start>()[^1].Instance);
    }

    [Fact]
    public void A_front_that_comes_later_is_told_all_that_there_is()
    {
        _bed.Want(min: 1);
        _bed.Connect();
        _bed.Started("site-1");
        _bed.Ready("site-1");
        TestFront front = _bed.Front();
        Assert.Single(front.Told("HELLO"));
        Assert.Equal(["SERVICE name=site port=80 concurrency=100 queue=1024 deadline_ms=10000"], front.Told("SERVICE"));
        Assert.Equal(["ROUTE service=site host=* path=/ strip=0"], front.Told("ROUTE"));
        Assert.Single(front.Told("INSTANCE"));
        Assert.Single(front.Told("SYNCED"));
    }

    [Fact]
    public void The_requests_that_fronts_have_ended_are_counted_from_their_first_word_on()
    {
        _bed.Want();
        _bed.Connect();
        TestFront one = _bed.Front("one");
        one.Say("LOAD service=site active=0 waiting=0 done=5");
        one.Say("LOAD service=site active=1 waiting=0 done=7");
        _bed.Front("other").Say("LOAD service=site active=0 waiting=0 done=2");
        Assert.Equal(9, Assert.Single(_bed.Control.Services()).Requests);
    }

    [Fact]
    public void An_idle_instance_ends_when_every_front_has_let_go_of_it()
    {
        _bed.Want();
        _bed.Connect();
        TestFront one = _bed.Front("one");
        TestFront other = _bed.Front("other");
        one.Say("WANT seq=1 service=site");
        _bed.Started("site-1");
        one.Say("UP instance=site-1 wait_us=1500");
        one.Say("USE instance=site-1 active=1");
        one.Say("USE instance=site-1 active=0");
        _bed.PassUntil(() => one.Told("INSTANCE").Contains("INSTANCE id=site-1 service=site address=10.77.1.1:80 state=draining"));
        one.Say("DRAINED instance=site-1");
        Assert.Empty(_bed.Told<AgentCommand.Stop>());
        other.Say("DRAINED instance=site-1");
        Assert.Equal("site-1", Assert.Single(_bed.Told<AgentCommand.Stop>()).Instance);
        _bed.Ended("site-1", asTold: true);
        Assert.Empty(_bed.Control.Instances());
        Assert.Equal(1, _bed.Control.Wakes.Read().Count);
    }

    [Fact]
    public void An_instance_that_answers_a_request_is_never_scaled_away()
    {
        _bed.Want();
        _bed.Connect();
        TestFront front = _bed.Front();
        front.Say("WANT seq=1 service=site");
        _bed.Started("site-1");
        front.Say("UP instance=site-1 wait_us=1500");
        front.Say("USE instance=site-1 active=1");
        _bed.Pass(3600);
        Assert.Empty(_bed.Told<AgentCommand.Stop>());
        front.Say("USE instance=site-1 active=0");
        _bed.PassUntil(() => front.Told("INSTANCE") is [.., var last] && last.EndsWith("draining", StringComparison.Ordinal));
        front.Say("DRAINED instance=site-1");
        Assert.Single(_bed.Told<AgentCommand.Stop>());
    }

    [Fact]
    public void A_front_that_is_gone_holds_nothing()
    {
        _bed.Want();
        _bed.Connect();
        TestFront front = _bed.Front();
        front.Say("WANT seq=1 service=site");
        _bed.Started("site-1");
        front.Say("UP instance=site-1 wait_us=1500");
        front.Say("USE instance=site-1 active=5");
        _bed.Control.OnFrontGone(front.Session);
        _bed.PassUntil(() => _bed.Told<AgentCommand.Stop>() is [{ Instance: "site-1", GraceMilliseconds: > 0 }]);
    }

    [Fact]
    public void A_new_master_takes_over_what_runs_and_starts_nothing()
    {
        StoredService service = _bed.Want(min: 1);
        _bed.Connect();
        _bed.Started("site-1");
        _bed.Ready("site-1");
        _bed.Restart();
        _bed.Connect(instances: new AgentEvent.Running("site-1", 1, $"{service.Id}-1", "site", 1, "10.77.1.1", true, DateTimeOffset.UnixEpoch));
        Assert.Empty(_bed.Told<AgentCommand.Start>());
        Assert.Empty(_bed.Told<AgentCommand.Stop>());
        Assert.Equal("running", Assert.Single(_bed.Control.Instances()).State);
        Assert.Single(_bed.Front().Told("INSTANCE"));
    }

    [Fact]
    public void What_runs_and_is_not_wanted_any_more_is_stopped_by_a_new_master()
    {
        _bed.Connect(instances: new AgentEvent.Running("gone-9", 9, "9-1", "gone", 1, "10.77.1.9", true, DateTimeOffset.UnixEpoch));
        Assert.Equal("gone-9", Assert.Single(_bed.Told<AgentCommand.Stop>()).Instance);
    }

    [Fact]
    public void Numbers_of_instances_are_not_given_twice_by_a_new_master()
    {
        _bed.Want(min: 1);
        _bed.Connect();
        string first = Assert.Single(_bed.Told<AgentCommand.Start>()).Instance;
        _bed.Restart();
        _bed.Connect(run: "another");
        Assert.NotEqual(first, Assert.Single(_bed.Told<AgentCommand.Start>()).Instance);
    }

    [Fact]
    public void Another_run_of_the_agent_has_lost_everything_and_all_is_started_anew()
    {
        _bed.Want(min: 1);
        _bed.Connect();
        _bed.Started("site-1");
        _bed.Ready("site-1");
        _bed.Told<AgentCommand.Start>();
        TestFront front = _bed.Front();
        _bed.Connect(run: "another");
        Assert.Equal(["GONE instance=site-1"], front.Told("GONE"));
        Assert.Equal("site-2", Assert.Single(_bed.Told<AgentCommand.Start>()).Instance);
    }

    [Fact]
    public void A_service_that_does_not_boot_is_refused_and_says_why()
    {
        _bed.Want(restart: new RestartSettings { CrashLoop = 3, Backoff = TimeSpan.FromSeconds(1) });
        _bed.Connect(links: 16);
        TestFront front = _bed.Front();
        for (int i = 1; i <= 6 && front.Told("REFUSE") is []; i++)
        {
            front.Say($"WANT seq={i} service=site");
            foreach (AgentCommand.Start start in _bed.Told<AgentCommand.Start>())
            {
                _bed.Started(start.Instance);
                _bed.Ended(start.Instance);
            }
            _bed.Pass(5);
        }
        front.Say("WANT seq=100 service=site");
        Assert.Equal("crash-loop", _bed.Control.Services().Single().State);
        Assert.Equal(["last words"], _bed.Control.Services().Single().LastFailure!.Console);
    }

    [Fact]
    public void An_unknown_service_is_refused()
    {
        _bed.Connect();
        TestFront front = _bed.Front();
        front.Say("WANT seq=3 service=none");
        front.Say("WANT seq=4 service=none");
        front.Say("LEAVE seq=4");
        _bed.Pass(ControlLoop.UnknownWithin.TotalSeconds - 1);
        Assert.Empty(front.Told("REFUSE"));
        _bed.Pass(2);
        Assert.Equal(["REFUSE seq=3 status=503 retry_after=1 reason=unknown"], front.Told("REFUSE"));
    }

    [Fact]
    public void A_service_that_comes_while_it_is_asked_for_is_started()
    {
        _bed.Connect();
        TestFront front = _bed.Front();
        front.Say("WANT seq=3 service=site");
        _bed.Pass(1);
        _bed.Want(min: 0);
        Assert.Single(front.Told("GIVE"), static line => line.StartsWith("GIVE seq=3 ", StringComparison.Ordinal));
        _bed.Pass(ControlLoop.UnknownWithin.TotalSeconds);
        Assert.Empty(front.Told("REFUSE"));
    }

    [Fact]
    public void A_new_revision_takes_over_when_it_answers()
    {
        _bed.Want(min: 1);
        _bed.Connect();
        _bed.Started("site-1");
        _bed.Ready("site-1");
        TestFront front = _bed.Front();
        _bed.Told<AgentCommand.Start>();
        _bed.Want(min: 1, revision: 2);
        AgentCommand.Start next = Assert.Single(_bed.Told<AgentCommand.Start>());
        Assert.EndsWith("-2", next.Template, StringComparison.Ordinal);
        Assert.Empty(_bed.Told<AgentCommand.Stop>());
        _bed.Started(next.Instance);
        _bed.Ready(next.Instance);
        Assert.Contains(front.Told("INSTANCE"), line => line.Contains("id=site-1", StringComparison.Ordinal) && line.EndsWith("draining", StringComparison.Ordinal));
        front.Say("DRAINED instance=site-1");
        Assert.Equal("site-1", Assert.Single(_bed.Told<AgentCommand.Stop>()).Instance);
    }

    [Fact]
    public void A_revision_that_does_not_come_up_is_undone_in_the_store_too()
    {
        _bed.Want(min: 1);
        _bed.Connect(links: 32);
        _bed.Started("site-1");
        _bed.Ready("site-1");
        _bed.Told<AgentCommand.Start>();
        _bed.Want(min: 1, revision: 2, rollout: new RolloutSettings { Deadline = TimeSpan.FromSeconds(5) });
        for (int i = 0; i < 20 && _bed.Store.Services().Single().Wanted == 2; i++)
        {
            foreach (AgentCommand.Start start in _bed.Told<AgentCommand.Start>())
            {
                _bed.Started(start.Instance);
                _bed.Ended(start.Instance);
            }
            _bed.Pass(1);
        }
        Assert.Equal(1, _bed.Store.Services().Single().Wanted);
        Assert.Equal("site-1", _bed.Control.Instances().Single(instance => instance.State == "running").Name);
    }

    [Fact]
    public void Instances_start_where_their_numbers_cannot_be_stored_and_none_is_given_twice_once_they_can()
    {
        _bed.Break("setting");
        _bed.Want(min: 1);
        _bed.Connect();
        Assert.Equal("site-1", Assert.Single(_bed.Told<AgentCommand.Start>()).Instance);
        Assert.Contains("the numbers of instances: ", Assert.Single(_bed.Events, one => one.Kind == "not-stored").Message, StringComparison.Ordinal);
        _bed.Break("setting", isBroken: false);
        _bed.Want(min: 2);
        Assert.Equal("site-2", Assert.Single(_bed.Told<AgentCommand.Start>()).Instance);
        Assert.Single(_bed.Events, one => one.Kind == "not-stored");
        _bed.Restart();
        _bed.Connect();
        Assert.DoesNotContain(_bed.Told<AgentCommand.Start>(), start => start.Instance is "site-1" or "site-2");
    }

    [Fact]
    public void A_revision_is_given_up_where_that_cannot_be_stored_too()
    {
        RolloutSettings rollout = new() { Deadline = TimeSpan.FromSeconds(5) };
        _bed.Want(min: 1, rollout: rollout);
        _bed.Connect(links: 32);
        _bed.Started("site-1");
        _bed.Ready("site-1");
        _bed.Told<AgentCommand.Start>();
        _bed.Want(min: 1, revision: 2, rollout: rollout);
        _bed.Break("service");
        for (int i = 0; i < 20 && _bed.Control.Services().Single().Wanted == 2; i++)
        {
            foreach (AgentCommand.Start start in _bed.Told<AgentCommand.Start>())
            {
                _bed.Started(start.Instance);
                _bed.Ended(start.Instance);
            }
            _bed.Pass(1);
        }
        _bed.Break("service", isBroken: false);
        Assert.Equal((1, 2), (_bed.Control.Services().Single().Wanted, _bed.Store.Services().Single().Wanted));
        Assert.Contains("revision 2 is given up", Assert.Single(_bed.Events, one => one.Kind == "not-stored").Message, StringComparison.Ordinal);
        Assert.Equal("site-1", _bed.Control.Instances().Single(instance => instance.State == "running").Name);
    }
}
