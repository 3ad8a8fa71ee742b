// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Uaas.Configuration;
using Uaas.Master.Control;
using Uaas.Master.Fronts;
using Uaas.Master.Storage;
using Uaas.Protocol.Agent;
using Uaas.Protocol.Front;

namespace Uaas.Control.Tests;

/// <summary>A control loop between a scripted agent and scripted fronts, with time that stands still until a test moves it.</summary>
internal sealed class ControlledNode : IAgentPort, IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("uaas-master-tests-");
    private readonly Store _store;
    private readonly History _history;
    private int _links;

    internal ControlledNode()
    {
        _store = Store.Open(Path.Combine(_folder.FullName, "state.db"));
        _history = new History(_store, Clock);
        Control = new ControlLoop(_store, _history, this, Clock);
    }

    internal ManualClock Clock { get; } = new();

    internal ControlLoop Control { get; }

    internal List<AgentCommand> Commands { get; } = [];

    /// <summary>The agent connects, and tells of so many links.</summary>
    internal ControlledNode Connect(string run = "1", int links = 4)
    {
        Control.OnAgent(new AgentEvent.Hello(1, run, 8L << 30, 4));
        for (int i = 0; i < links; i++)
            Control.OnAgent(new AgentEvent.LinkReady(_links, $"10.0.{_links / 250}.{(_links++ % 250) + 2}"));
        Control.OnAgent(new AgentEvent.Synced());
        return this;
    }

    /// <summary>Wants a service, as the deployer does.</summary>
    internal StoredService Want(string name, ScaleSettings? scale = null, NamespaceLimits? limits = null)
    {
        StoredNamespace owner = null!;
        StoredService stored = null!;
        StoredRevision revision = null!;
        _store.Change(change =>
        {
            ServiceDefinition definition = new() { Name = name, Image = new ImageSource(ImageKind.BuiltIn, "http"), Scale = scale ?? new ScaleSettings() };
            owner = change.Put("default", limits ?? new NamespaceLimits());
            stored = change.Put(owner.Id, definition, 1);
            var template = new InstanceTemplate { Id = $"{name}-1", Service = name, Revision = 1, Monitor = "spt", Image = "/image", MemoryMebibytes = 32 };
            revision = new StoredRevision(stored.Id, 1, "digest", definition, template, Clock.GetUtcNow());
            change.Add(revision);
        });
        Control.Set(owner);
        Control.Set(owner, stored, [revision]);
        return stored;
    }

    internal ScriptedFront Front() => new(Control);

    internal IEnumerable<T> Sent<T>() where T : AgentCommand => Commands.OfType<T>();

    public void Send(AgentCommand command) => Commands.Add(command);

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        await _history.DisposeAsync();
        _store.Dispose();
        _folder.Delete(recursive: true);
    }
}

/// <summary>A front that says what a test says, and keeps what it is told.</summary>
internal sealed class ScriptedFront
{
    private readonly ControlLoop _control;
    private readonly FrontSession _session;
    private readonly StringBuilder _told = new();

    internal ScriptedFront(ControlLoop control)
    {
        _control = control;
        _session = new FrontSession("test", line =>
        {
            _told.Append(Encoding.UTF8.GetString(line));
            return true;
        });
        control.OnFront(_session);
    }

    internal string[] Told => _told.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    internal void Say(string line) => _control.OnFrontLine(_session, FrontLine.Parse(Encoding.UTF8.GetBytes(line)));
}

/// <summary>A clock that stands still until it is moved, and remembers what its timers were set to.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _time;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>What the last timer was set to wait.</summary>
    internal TimeSpan Wait => _timers[^1].Wait;

    public override long GetTimestamp() => _time.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + _time;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(() => callback(state)) { Wait = dueTime };
        _timers.Add(timer);
        return timer;
    }

    internal void Advance(TimeSpan time)
    {
        _time += time;
        foreach (ManualTimer timer in _timers.ToList())
            timer.Fire();
    }

    private sealed class ManualTimer(Action callback) : ITimer
    {
        /// <summary>The longest wait that System.Threading.Timer takes, in milliseconds.</summary>
        private const double Longest = uint.MaxValue - 1;

        internal TimeSpan Wait { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Assert.True(dueTime == Timeout.InfiniteTimeSpan || dueTime.TotalMilliseconds is >= 0 and <= Longest, $"a timer cannot be set to {dueTime}");
            Wait = dueTime;
            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        internal void Fire() => callback();
    }
}
