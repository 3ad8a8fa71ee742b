// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Instances;
using Uaas.Linux;
using Uaas.Protocol;
using Uaas.Protocol.Agent;

namespace Uaas.Agent;

/// <summary>
/// The node agent as a server: it starts and ends instances as the master says, and tells the master what becomes of them. It decides nothing. It
/// outlives masters: a new one is told all that there is.
/// </summary>
public sealed class AgentServer : IDisposable
{
    private const int ConsoleLinesInMessage = 12;
    private const int MaxEndsKept = 1024;
    private const int MaxMasters = 4;

    private readonly LineListener _listener;
    private readonly LinkPool _links;
    private readonly Func<string, IMonitorDriver> _driverOf;
    private readonly ServiceLogs _logs;
    private readonly LinkGuard? _guard;
    private readonly Confiner? _confiner;
    private readonly string _run = Guid.NewGuid().ToString("N");
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PreparedTemplate> _templates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServedInstance> _instances = new(StringComparer.Ordinal);
    private readonly HashSet<string> _followed = new(StringComparer.Ordinal);
    private readonly Queue<AgentEvent.Ended> _untoldEnds = new();
    private LineConnection? _master;

    /// <param name="listener">Where the master connects.</param>
    /// <param name="links">Where instances get their links from.</param>
    /// <param name="driverOf">The driver of a monitor, by its key.</param>
    /// <param name="logs">Where consoles go.</param>
    /// <param name="guard">Who lets instances reach others; null where none can.</param>
    /// <param name="confiner">Who closes instances in; null for what monitors do of themselves.</param>
    public AgentServer(Socket listener, LinkPool links, Func<string, IMonitorDriver> driverOf, ServiceLogs logs, LinkGuard? guard = null, Confiner? confiner = null)
    {
        _confiner = confiner;
        _guard = guard;
        _links = links;
        _driverOf = driverOf;
        _logs = logs;
        _listener = new LineListener(listener, AgentLine.MaxLength, MaxMasters, ServeMaster);
        _links.Added += link => Tell(new AgentEvent.LinkReady(link.Number, link.Link.Address.ToString()));
    }

    /// <summary>Begins to serve.</summary>
    public void Start()
    {
        _links.Fill();
        _listener.Start();
    }

    /// <summary>Takes leave of the master, which is not to start anew what ends from now on.</summary>
    public void Leave()
    {
        _listener.Dispose();
        lock (_lock)
            _master?.Dispose();
    }

    /// <summary>Ends every instance: asked first, killed where it has not ended within <paramref name="grace"/>.</summary>
    public async Task StopInstancesAsync(TimeSpan grace)
    {
        List<IInstance> running;
        lock (_lock)
            running = [.. _instances.Values.Select(instance => instance.Instance).OfType<IInstance>()];
        await Task.WhenAll(running.Select(instance => instance.StopAsync(grace))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>Serves one master until its connection ends. The newest is the master.</summary>
    private void ServeMaster(LineConnection connection)
    {
        TellEverything(connection);
        while (connection.TryReadLine(out ReadOnlySpan<byte> line))
        {
            if (AgentLine.ReadCommand(line) is not { } command)
                break;
            Carry(command);
        }
        lock (_lock)
        {
            if (_master == connection)
                _master = null;
        }
    }

    private void TellEverything(LineConnection connection)
    {
        lock (_lock)
        {
            _master?.Dispose();
            _master = connection;
            _followed.Clear();
            long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            Tell(new AgentEvent.Hello(AgentLine.Version, _run, memory, Environment.ProcessorCount));
            foreach (string template in _templates.Keys)
                Tell(new AgentEvent.Known(template));
            while (_untoldEnds.TryDequeue(out AgentEvent.Ended? ended))
                Tell(ended);
            foreach (ServedInstance instance in _instances.Values)
                Tell(instance.Describe());
            foreach (PooledLink link in _links.Spare)
                Tell(new AgentEvent.LinkReady(link.Number, link.Link.Address.ToString()));
            Tell(new AgentEvent.Synced());
        }
    }

    private void Carry(AgentCommand command)
    {
        switch (command)
        {
            case AgentCommand.Start start: StartInstance(start); break;
            case AgentCommand.Stop stop: StopInstance(stop); break;
            case AgentCommand.Prepare prepare: Prepare(prepare.Template); break;
            case AgentCommand.Forget forget: Forget(forget.Template); break;
            case AgentCommand.Sample: Task.Run(Sample); break;
            case AgentCommand.Follow follow: Follow(follow); break;
            case AgentCommand.Describe describe: Task.Run(() => Describe(describe)); break;
            default: break;
        }
    }

    private void Prepare(InstanceTemplate template)
    {
        lock (_lock)
        {
            if (_templates.ContainsKey(template.Id))
                return;
        }
        try
        {
            var prepared = new PreparedTemplate(template, _driverOf(template.Monitor), _confiner);
            lock (_lock)
                _templates[template.Id] = prepared;
            _guard?.Prepare(template);
        }
        catch (UaasException)
        {
            // Each start of it says the same anew, to whoever wants one.
        }
    }

    /// <summary>Its files stay open while instances that were started from it live: they hold it.</summary>
    private void Forget(string template)
    {
        PreparedTemplate? prepared;
        lock (_lock)
            _templates.Remove(template, out prepared);
        prepared?.Retire();
    }

    private void Follow(AgentCommand.Follow follow)
    {
        lock (_lock)
            _ = follow.On ? _followed.Add(follow.Service) : _followed.Remove(follow.Service);
    }

    private void StartInstance(AgentCommand.Start start)
    {
        PreparedTemplate? template;
        lock (_lock)
        {
            _templates.TryGetValue(start.Template, out template);
            if (_instances.ContainsKey(start.Instance))
                return;
        }
        PooledLink? link = _links.Take(start.Link);
        if (template is null || link is null)
        {
            Tell(new AgentEvent.Refused(start.Instance, template is null ? "its image or content cannot be read" : $"link {start.Link} is not ready", null));
            if (link is not null)
                _links.Return(link);
            return;
        }
        Launch(start, template, link);
    }

    private void Launch(AgentCommand.Start start, PreparedTemplate template, PooledLink link)
    {
        try
        {
            if (!template.Offloads)
                link = _links.WithoutOffloads(link);
            var served = new ServedInstance(start, template, link);
            lock (_lock)
                _instances[start.Instance] = served;
            IReadOnlyList<SafeFileHandle> lanes = _guard?.Admit(link.Link.Address, template.Definition, template.TakesLanes) ?? [];
            IInstance instance = template.Start(start.Instance, link, lanes);
            lock (_lock)
            {
                served.Instance = instance;

                // Another master may have asked for its end meanwhile.
                if (served.IsStopping)
                    instance.Destroy();
            }
            Tell(new AgentEvent.Started(start.Instance, (long)Stopwatch.GetElapsedTime(served.StartedTicks).TotalMicroseconds));
            string service = template.Definition.Service;
            if (start.Traced == true)
                TellWhenBooted(start.Instance, instance.Console);
            instance.Console.Follow(line => OnLine(start.Instance, service, line));
            _ = WatchAsync(served, instance);
            _ = ProbeAsync(served, TimeSpan.FromMilliseconds(start.ProbeAfterMilliseconds));
        }
        catch (Exception e) when (e is UaasException or System.IO.IOException)
        {
            lock (_lock)
                _instances.Remove(start.Instance);
            Tell(new AgentEvent.Refused(start.Instance, e.Message, (e as UaasException)?.Remedy));
            _guard?.Expel(link.Link.Address);
            _links.Return(link);
        }
    }

    /// <summary>A guest of ours says so on its console, in a line that begins like this.</summary>
    private void TellWhenBooted(string instance, ConsoleLog console)
    {
        const string sign = "info ready ";
        bool isTold = false;
        console.Follow(line =>
        {
            if (isTold || !line.Text.StartsWith(sign, StringComparison.Ordinal))
                return;
            isTold = true;
            Tell(new AgentEvent.Booted(instance, line.Time));
        });
    }

    private void StopInstance(AgentCommand.Stop stop)
    {
        IInstance? instance;
        lock (_lock)
        {
            if (!_instances.TryGetValue(stop.Instance, out ServedInstance? served))
                return;
            served.IsStopping = true;
            instance = served.Instance;
        }
        if (instance is null)
            return;
        if (stop.GraceMilliseconds <= 0)
            instance.Destroy();
        else
            _ = instance.StopAsync(TimeSpan.FromMilliseconds(stop.GraceMilliseconds));
    }

    private async Task WatchAsync(ServedInstance served, IInstance instance)
    {
        InstanceExit exit = await instance.WaitAsync().ConfigureAwait(false);
        await served.Over.CancelAsync().ConfigureAwait(false);
        bool asTold = served.IsStopping || exit is { Cause: ExitCause.Guest, Code: 0 };
        string[] lastLines = [.. instance.Console.Tail().TakeLast(ConsoleLinesInMessage).Select(line => line.Text)];
        var ended = new AgentEvent.Ended(served.Name, asTold, exit.Meaning, lastLines);
        lock (_lock)
        {
            _instances.Remove(served.Name);
            if (_master is null)
            {
                _untoldEnds.Enqueue(ended);
                if (_untoldEnds.Count > MaxEndsKept)
                    _untoldEnds.Dequeue();
            }
            else
            {
                Tell(ended);
            }
        }
        instance.Dispose();
        _guard?.Expel(served.Link.Link.Address);
        _links.Return(served.Link);
    }

    private async Task ProbeAsync(ServedInstance served, TimeSpan after)
    {
        InstanceTemplate template = served.Template.Definition;
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(served.Over.Token);
        giveUp.CancelAfter(after + TimeSpan.FromMilliseconds(template.ReadyWithinMilliseconds));
        try
        {
            if (after > TimeSpan.Zero)
                await Task.Delay(after, giveUp.Token).ConfigureAwait(false);
            await Readiness.WaitAsync(served.Link.Link.Address, template, giveUp.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It has ended, or has had its time: the master knows how long that is.
            return;
        }
        if (served.TryMarkReady())
            Tell(new AgentEvent.Ready(served.Name, (long)Stopwatch.GetElapsedTime(served.StartedTicks).TotalMicroseconds));
    }

    private void OnLine(string instance, string service, ConsoleLine line)
    {
        _logs.Write(service, instance, line);
        bool isFollowed;
        lock (_lock)
            isFollowed = _followed.Contains(service);
        if (isFollowed)
            Tell(new AgentEvent.Printed(instance, service, line.Time, line.Text));
    }

    private void Sample()
    {
        List<ServedInstance> running;
        lock (_lock)
            running = [.. _instances.Values];
        var costs = new List<InstanceCost>(running.Count);
        foreach (ServedInstance served in running)
        {
            if (served.Instance?.ReadStatistics() is { } cost)
                costs.Add(new InstanceCost(served.Name, cost.ResidentBytes, cost.ProcessorTime.TotalMilliseconds));
        }
        Tell(new AgentEvent.Costs(costs));
    }

    private void Describe(AgentCommand.Describe describe)
    {
        ServedInstance? served;
        lock (_lock)
            _instances.TryGetValue(describe.Instance, out served);
        if (served?.Instance is not { } instance)
        {
            Tell(new AgentEvent.Described(describe.Question, null, null, [], null, []));
            return;
        }
        BootProof proof = served.Template.ProofOf(instance, served.Link);
        string[] lastLines = [.. instance.Console.Tail().TakeLast(ConsoleLinesInMessage).Select(line => line.Text)];
        Tell(new AgentEvent.Described(describe.Question, proof.Monitor, proof.Kernel, proof.Devices, proof.BootLine, lastLines));
    }

    private void Tell(AgentEvent told)
    {
        LineConnection? master;
        lock (_lock)
            master = _master;
        master?.TrySend(AgentLine.Write(told));
    }
}
