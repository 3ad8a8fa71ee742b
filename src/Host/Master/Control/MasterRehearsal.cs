// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Uaas.Configuration;
using Uaas.Master.Fronts;
using Uaas.Master.Storage;
using Uaas.Protocol.Agent;
using Uaas.Protocol.Front;

namespace Uaas.Master.Control;

/// <summary>
/// The life of an instance from zero, with a control loop of its own, a store in memory, and an agent and a front that are played. What runs for the first
/// time is compiled then, and not when the first request waits for an instance.
/// </summary>
public static class MasterRehearsal
{
    private const string Service = "rehearsal";

    // The next one would have to wait: an instance that ends is a failure to the scheduler.
    private const int Lives = 2;

    /// <summary>Plays it; how many instances were started.</summary>
    public static async Task<int> RunAsync()
    {
        using var store = Store.Open(Store.InMemory);
        var history = new History(store, TimeProvider.System);
        await using (history.ConfigureAwait(false))
        {
            var agent = new PlayedAgent();
            using var control = new ControlLoop(store, history, agent, TimeProvider.System);
            Want(store, control);
            Tell(control, new AgentEvent.Hello(AgentLine.Version, Service, 1L << 30, 1));
            for (int link = 0; link < Lives; link++)
                Tell(control, new AgentEvent.LinkReady(link, "127.0.0.1"));
            Tell(control, new AgentEvent.Synced());
            var front = new FrontSession(Service, static _ => true);
            control.OnFront(front);
            for (int life = 0; life < Lives; life++)
                PlayLife(control, front, agent, life);
            control.OnFrontGone(front);
            return agent.Started.Count;
        }
    }

    private static void Want(Store store, ControlLoop control)
    {
        var definition = new ServiceDefinition { Name = Service, Image = new ImageSource(ImageKind.BuiltIn, "http"), Routes = [new Route()] };
        StoredNamespace? owner = null;
        StoredService? stored = null;
        StoredRevision? revision = null;
        store.Change(change =>
        {
            owner = change.Put(Deployment.DefaultNamespace, new NamespaceLimits());
            stored = change.Put(owner.Id, definition, 1);
            var template = new InstanceTemplate { Id = Service, Service = Service, Revision = 1, Monitor = "spt", Image = "none", MemoryMebibytes = 2 };
            change.Add(revision = new StoredRevision(stored.Id, 1, Service, definition, template, DateTimeOffset.UnixEpoch));
        });
        control.Set(owner!);
        control.Set(owner!, stored!, [revision!]);
    }

    private static void PlayLife(ControlLoop control, FrontSession front, PlayedAgent agent, int life)
    {
        Say(control, front, FrontLine.Write("WANT", ("seq", life), ("service", Service)));
        if (agent.Started.Count <= life)
            return;
        string instance = agent.Started[life];
        Tell(control, new AgentEvent.Started(instance, 1));
        Say(control, front, FrontLine.Write("LOAD", ("service", Service), ("active", 1), ("waiting", 0), ("done", 0)));
        Say(control, front, FrontLine.Write("USE", ("instance", instance), ("active", 1)));
        Say(control, front, FrontLine.Write("UP", ("instance", instance), ("wait_us", 1)));
        Say(control, front, FrontLine.Write("USE", ("instance", instance), ("active", 0)));
        Tell(control, new AgentEvent.Ready(instance, 1));
        Tell(control, new AgentEvent.Ended(instance, true, "it ended", []));
    }

    private static void Tell(ControlLoop control, AgentEvent told)
    {
        if (AgentLine.ReadEvent(AgentLine.Write(told).AsSpan()[..^1]) is { } read)
            control.OnAgent(read);
    }

    private static void Say(ControlLoop control, FrontSession front, ReadOnlySpan<byte> line) => control.OnFrontLine(front, FrontLine.Parse(line[..^1]));

    private sealed class PlayedAgent : IAgentPort
    {
        internal List<string> Started { get; } = [];

        public void Send(AgentCommand command)
        {
            if (AgentLine.ReadCommand(AgentLine.Write(command).AsSpan()[..^1]) is AgentCommand.Start start)
                Started.Add(start.Instance);
        }
    }
}
