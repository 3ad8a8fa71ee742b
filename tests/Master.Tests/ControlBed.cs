// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Uaas.Configuration;
using Uaas.Master.Control;
using Uaas.Master.Fronts;
using Uaas.Master.Storage;
using Uaas.Protocol.Agent;
using Uaas.Protocol.Front;

namespace Uaas.Master.Tests;

/// <summary>A control loop with an agent and fronts that write down what they are told.</summary>
internal sealed class ControlBed : IAgentPort, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-master-").FullName;
    private readonly History _history;
    private readonly List<AgentCommand> _commands = [];
    private int _nextLink;

    internal ControlBed()
    {
        Store = Store.Open(Path.Combine(_folder, "uaas.db"));
        _history = new History(Store, Clock);
        _history.Happened += Events.Add;
        Control = new ControlLoop(Store, _history, this, Clock);
    }

    internal SteppedClock Clock { get; } = new();

    internal Store Store { get; }

    internal ControlLoop Control { get; private set; }

    public void Send(AgentCommand command) => _commands.Add(command);

    public void Dispose()
    {
        Control.Dispose();
        _history.DisposeAsync().AsTask().Wait();
        Store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What has happened, kind by kind.</summary>
    internal List<StoredEvent> Events { get; } = [];

    /// <summary>Has the store refuse to write to a table, as a full disk would; or not any more.</summary>
    internal void Break(string table, bool isBroken = true)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "uaas.db")};Pooling=False");
        connection.Open();
        using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
        command.CommandText = isBroken ? $"ALTER TABLE {table} RENAME TO {table}_away" : $"ALTER TABLE {table}_away RENAME TO {table}";
        command.ExecuteNonQuery();
    }

    /// <summary>The commands of a kind that the agent has got since it was last asked, which are taken out.</summary>
    internal List<T> Told<T>()
        where T : AgentCommand
    {
        List<T> found = [.. _commands.OfType<T>()];
        _commands.RemoveAll(command => command is T);
        return found;
    }

    /// <summary>A new master on the same store, as after kill -9.</summary>
    internal void Restart()
    {
        Control.Dispose();
        Control = new ControlLoop(Store, _history, this, Clock);
        _commands.Clear();
    }

    /// <summary>The agent connects, with so many links and the given instances.</summary>
    internal void Connect(string run = "run", int links = 4, params IEnumerable<AgentEvent.Running> instances)
    {
        Control.OnAgent(new AgentEvent.Hello(AgentLine.Version, run, 8L << 30, 2));
        foreach (AgentEvent.Running instance in instances)
            Control.OnAgent(instance);
        for (int i = 0; i < links; i++)
            Control.OnAgent(Link());
        Control.OnAgent(new AgentEvent.Synced());
    }

    internal AgentEvent.LinkReady Link() => new(_nextLink, $"10.77.1.{++_nextLink}");

    /// <summary>A service is wanted.</summary>
    internal StoredService Want(string name = "site", int min = 0, int max = 4, int revision = 1, RolloutSettings? rollout = null, RestartSettings? restart = null, params IReadOnlyList<EgressRule> egress)
    {
        var definition = new ServiceDefinition
        {
            Name = name,
            Image = new ImageSource(ImageKind.BuiltIn, "http"),
            Routes = [new Route()],
            Scale = new ScaleSettings { Min = min, Max = max, Idle = TimeSpan.FromSeconds(10), Window = TimeSpan.FromSeconds(10) },
            Rollout = rollout ?? new RolloutSettings(),
            Restart = restart ?? new RestartSettings(),
            Egress = egress,
        };
        StoredNamespace? owner = null;
        StoredService? stored = null;
        StoredRevision? one = null;
        Store.Change(change =>
        {
            owner = change.Put(Deployment.DefaultNamespace, new NamespaceLimits());
            stored = change.Put(owner.Id, definition, revision);
            var template = new InstanceTemplate { Id = $"{stored.Id}-{revision}", Service = name, Revision = revision, Monitor = "spt", Image = "none", MemoryMebibytes = 32 };
            change.Add(one = new StoredRevision(stored.Id, revision, $"digest-{revision}", definition, template, Clock.GetUtcNow()));
        });
        Control.Set(owner!);
        Control.Set(owner!, stored!, [one!]);
        return stored!;
    }

    internal void Started(string instance) => Control.OnAgent(new AgentEvent.Started(instance, 100));

    internal void Ready(string instance) => Control.OnAgent(new AgentEvent.Ready(instance, 1000));

    internal void Ended(string instance, bool asTold = false) => Control.OnAgent(new AgentEvent.Ended(instance, asTold, "it ended", ["last words"]));

    /// <summary>Lets time pass, and the control loop notice.</summary>
    internal void Pass(double seconds) => Clock.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Lets time pass in small steps until something has happened, which it does within two minutes.</summary>
    internal void PassUntil(Func<bool> happened)
    {
        for (int step = 0; step < 480; step++)
        {
            if (happened())
                return;
            Pass(0.25);
        }
        Assert.Fail("it did not happen");
    }

    /// <summary>A front that has connected.</summary>
    internal TestFront Front(string name = "test") => new(Control, name);
}

/// <summary>A front that writes down what it is told.</summary>
internal sealed class TestFront
{
    private readonly ControlLoop _control;
    private readonly List<string> _lines = [];

    internal TestFront(ControlLoop control, string name)
    {
        _control = control;
        Session = new FrontSession(name, line =>
        {
            _lines.Add(Encoding.UTF8.GetString(line).TrimEnd('\n'));
            return true;
        });
        control.OnFront(Session);
    }

    internal FrontSession Session { get; }

    /// <summary>The lines of a kind that it was told since it was last asked, which are taken out.</summary>
    internal List<string> Told(string kind)
    {
        List<string> found = [.. _lines.Where(line => line == kind || line.StartsWith(kind + " ", StringComparison.Ordinal))];
        _lines.RemoveAll(found.Contains);
        return found;
    }

    internal void Say(string line) => _control.OnFrontLine(Session, FrontLine.Parse(Encoding.UTF8.GetBytes(line)));
}

/// <summary>A clock that is set by hand, and whose timers fire when it is.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_ticks);

    public override System.Threading.ITimer CreateTimer(System.Threading.TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Goes from one timer to the next, so that each fires at its time.</summary>
    internal void Advance(TimeSpan time)
    {
        long end = _ticks + time.Ticks;
        for (int fired = 0; fired < 10_000 && _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due) is { } next; fired++)
        {
            _ticks = Math.Max(_ticks, next.Due);
            next.Fire();
        }
        _ticks = end;
    }

    private sealed class Timer(SteppedClock clock, Action callback) : System.Threading.ITimer
    {
        internal long Due { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime < TimeSpan.Zero ? long.MaxValue : clock._ticks + dueTime.Ticks;
            return true;
        }

        public void Dispose() => Due = long.MaxValue;

        public System.Threading.Tasks.ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        internal void Fire()
        {
            Due = long.MaxValue;
            callback();
        }
    }
}
