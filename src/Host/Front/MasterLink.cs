// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Front.Health;
using Uaas.Front.Tls;
using Uaas.Front.Tracing;
using Uaas.Protocol;
using Uaas.Protocol.Front;

namespace Uaas.Front;

/// <summary>
/// The front's side of the front protocol. One thread hears the master and changes the table; what is said to the master is sent by whoever has it to
/// say. While the master is away the table stays as it is.
/// </summary>
internal sealed class MasterLink : IMaster, IDisposable
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly FrontOptions _options;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<long, ServiceGate> _questions = new();
    private readonly ConcurrentQueue<ServiceGate> _untold = new();
    private readonly Timer _telling;
    private readonly Lock _tellingOne = new();
    private List<FrontRoute> _newRoutes = [];
    private Dictionary<int, TcpRoute> _newTcpRoutes = [];
    private List<CertificateSource> _newCertificates = [];
    private volatile LineConnection? _connection;
    private volatile bool _isDisposed;
    private long _sequence;
    private int _isTellingDue;

    /// <param name="options">The master's socket, the name of this front, and what says what there is no master to tell.</param>
    internal MasterLink(FrontOptions options)
    {
        _options = options;
        Table = new FrontTable(this);
        _telling = new Timer(_ => TellLoad());
    }

    internal FrontTable Table { get; }

    /// <summary>Called with the certificates that the master names, each time that it has named all.</summary>
    internal event Action<IReadOnlyList<CertificateSource>>? CertificatesNamed;

    /// <summary>Called when services have come or changed.</summary>
    internal event Action? ServicesChanged;

    /// <summary>Completes when the master has told all that there is for the first time.</summary>
    internal Task Synced => _synced.Task;

    internal void Start() => new Thread(Run, maxStackSize: 512 * 1024) { IsBackground = true, Name = "master" }.Start();

    /// <inheritdoc/>
    public bool IsAway => _connection is null;

    /// <inheritdoc/>
    public long Want(string service)
    {
        long sequence = Interlocked.Increment(ref _sequence);
        _questions[sequence] = Table.Service(service);
        Send(FrontTracer.IsOn && FrontTracer.Current is { } trace
            ? FrontLine.Write("WANT", ("seq", sequence), ("service", service), ("trace", trace))
            : FrontLine.Write("WANT", ("seq", sequence), ("service", service)));
        return sequence;
    }

    /// <inheritdoc/>
    public void Leave(long sequence)
    {
        if (_questions.TryRemove(sequence, out _))
            Send(FrontLine.Write("LEAVE", ("seq", sequence)));
    }

    /// <inheritdoc/>
    public void SayDrained(string instance) => Send(FrontLine.Write("DRAINED", ("instance", instance)));

    /// <inheritdoc/>
    public void Remind(ServiceGate service)
    {
        _untold.Enqueue(service);
        if (Interlocked.Exchange(ref _isTellingDue, 1) == 0)
            _telling.Change(TellEvery, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Tell(ServiceGate service) => TellLoad(service, all: false);

    /// <summary>An instance that was being started has answered, so long after the request for it came in.</summary>
    internal void SayUp(string instance, TimeSpan waited) => Send(FrontLine.Write("UP", ("instance", instance), ("wait_us", (long)waited.TotalMicroseconds)));

    /// <summary>Something is worth an event. Without a master it is said.</summary>
    internal void Note(string kind, string text)
    {
        const int longest = 1000;
        if (_connection?.TrySend(FrontLine.Write("NOTE", ("kind", kind), ("text", text.Length > longest ? text[..longest] : text))) != true)
            _options.Say(text);
    }

    /// <summary>A connection to an instance failed.</summary>
    internal void SayLost(string instance, string reason) => Send(FrontLine.Write("LOST", ("instance", instance), ("reason", reason)));

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _connection?.Dispose();
        _telling.Dispose();
    }

    private void Send(ReadOnlySpan<byte> line) => _connection?.TrySend(line);

    private void Run()
    {
        TimeSpan pause = FirstPause;
        while (!_isDisposed)
        {
            try
            {
                using var connection = new LineConnection(LocalSocket.Connect(_options.MasterSocket), FrontLine.MaxLength);
                if (Hear(connection))
                    pause = FirstPause;
            }
            catch (Exception e) when (e is SocketException or FormatException)
            {
                // The master is away, or is none: what is known goes on being served.
            }
            _connection = null;
            Thread.Sleep(pause);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Hears a master until it is gone; whether it told all that there is.</summary>
    private bool Hear(LineConnection connection)
    {
        connection.TrySend(FrontLine.Write("HELLO", ("version", FrontLine.Version), ("front", _options.Name)));
        var told = new HashSet<string>(StringComparer.Ordinal);
        _newRoutes = [];
        _newTcpRoutes = [];
        _newCertificates = [];
        bool isSynced = false;
        while (connection.TryReadLine(out ReadOnlySpan<byte> bytes))
        {
            FrontLine line = FrontLine.Parse(bytes);
            if (line.Kind == "SYNCED")
            {
                Table.Routes = new RouteTable(_newRoutes);
                Table.TcpRoutes = _newTcpRoutes;
                if (!isSynced)
                    TakeOver(connection, told);
                isSynced = true;
                CertificatesNamed?.Invoke(_newCertificates);
                ServicesChanged?.Invoke();
                _synced.TrySetResult();
            }
            else if (line.Kind is "HELLO" && line.Number("version") != FrontLine.Version)
            {
                throw new FormatException("the master speaks another version");
            }
            else
            {
                Take(line, isSynced ? null : told);
            }
        }
        return isSynced;
    }

    /// <summary>The master has told all that there is: what it did not tell of is gone, and it is told what is new to it.</summary>
    private void TakeOver(LineConnection connection, HashSet<string> told)
    {
        foreach (KnownInstance instance in Table.Instances)
        {
            if (!told.Contains("i " + instance.Id))
                Table.Lose(instance.Id);
        }
        foreach (ServiceGate service in Table.Services)
        {
            if (!told.Contains("s " + service.Name))
                Table.LoseService(service.Name);
        }
        _questions.Clear();

        // Before anybody can tell this master: what a former one was told would be taken for new.
        foreach (ServiceGate service in Table.Services)
            service.CountAnew();
        _connection = connection;
        foreach (ServiceGate service in Table.Services)
        {
            service.AskAgain();
            TellLoad(service, all: true);
        }
        foreach (KnownInstance instance in Table.Instances)
        {
            if (instance.IsDraining && instance.Active == 0)
                SayDrained(instance.Id);
        }
    }

    private void Take(FrontLine line, HashSet<string>? told)
    {
        switch (line.Kind)
        {
            case "SERVICE":
                Table.Service(line.Text("name")).Links = [];
                Table.Service(line.Text("name")).Settings = new GateSettings
                {
                    Port = line.Count("port"),
                    Concurrency = line.Count("concurrency"),
                    Queue = line.Count("queue"),
                    Deadline = TimeSpan.FromMilliseconds(line.Number("deadline_ms")),
                    Health = line.OptionalText("health") is { } path ? new HealthCheck(path, TimeSpan.FromMilliseconds(line.Count("health_every_ms")), line.Count("health_failures")) : null,
                };
                told?.Add("s " + line.Text("name"));
                break;
            case "LINK":
                ServiceGate linked = Table.Service(line.Text("service"));
                linked.Links = linked.Links.Add(line.Text("to"));
                break;
            case "ROUTE":
                string[] extensions = line.OptionalText("extensions")?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
                _newRoutes.Add(new FrontRoute(line.Text("service"), line.Text("host"), line.Text("path"), line.Number("strip") == 1, extensions, line.OptionalText("https") == "1"));
                break;
            case "TCP":
                _newTcpRoutes[line.Count("listen")] = new TcpRoute(line.Text("service"), line.Count("port"));
                break;
            case "CERTIFICATE":
                _newCertificates.Add(new CertificateSource(line.Text("certificate"), line.Text("key"), line.OptionalText("minimum") == "1.3"));
                break;
            case "INSTANCE":
                TakeInstance(line);
                told?.Add("i " + line.Text("id"));
                break;
            case "ASKER":
                // It gets no request before the master gives it one.
                Table.Take(line.Text("id"), line.Text("service"), line.Address("address"), isCold: true);
                told?.Add("i " + line.Text("id"));
                break;
            case "GIVE":
                TakeAnswer(line);
                told?.Add("i " + line.Text("instance"));
                break;
            case "REFUSE":
                if (_questions.TryRemove(line.Number("seq"), out ServiceGate? refused))
                    refused.Refuse(new Refusal(line.Count("status"), line.Count("retry_after"), line.Text("reason"), IsGone: line.Text("reason") == "unknown"));
                break;
            case "GONE":
                TakeGone(line);
                break;
            default:
                break;
        }
    }

    private void TakeInstance(FrontLine line)
    {
        KnownInstance instance = Table.Take(line.Text("id"), line.Text("service"), line.Address("address"), isCold: false);
        if (line.Text("state") == "draining")
        {
            instance.Service.Add(instance);
            instance.Drain();
            return;
        }
        instance.Resume();
        instance.Service.Add(instance);
    }

    private void TakeAnswer(FrontLine line)
    {
        _questions.TryRemove(line.Number("seq"), out _);
        KnownInstance instance = Table.Take(line.Text("instance"), line.Text("service"), line.Address("address"), line.Number("cold") == 1);
        instance.Service.Add(instance);
    }

    private void TakeGone(FrontLine line)
    {
        if (line.OptionalText("instance") is { } instance)
            Table.Lose(instance);
        else if (line.OptionalText("service") is { } service)
            Table.LoseService(service);
        else
            (_newRoutes, _newTcpRoutes, _newCertificates) = ([], [], []);
    }

    private void TellLoad()
    {
        Volatile.Write(ref _isTellingDue, 0);
        for (int count = _untold.Count; count > 0 && _untold.TryDequeue(out ServiceGate? service); count--)
            TellLoad(service, all: false);
    }

    /// <summary>One at a time: what was looked at later is told later.</summary>
    private void TellLoad(ServiceGate service, bool all)
    {
        lock (_tellingOne)
        {
            Volatile.Write(ref service.IsUntold, 0);
            var lines = new List<byte>();
            int active = 0;
            foreach (KnownInstance instance in service.Instances)
            {
                active += instance.Active;
                if (Interlocked.Exchange(ref instance.IsUntold, 0) == 1 || all)
                    lines.AddRange(FrontLine.Write("USE", ("instance", instance.Id), ("active", instance.Active)));
            }
            lines.AddRange(FrontLine.Write("LOAD", ("service", service.Name), ("active", active), ("waiting", service.Waiting), ("done", service.Done)));
            if (service.Statistics.TakeChange() is { } statistics)
                lines.AddRange(FrontLine.Write("STATS", ("service", service.Name), ("seconds", string.Join(',', statistics.Buckets)), ("sum_us", statistics.SumMicroseconds), ("codes", string.Join(',', statistics.Codes))));
            service.NoteTold(active);
            Send(CollectionsMarshal.AsSpan(lines));
        }
    }
}
