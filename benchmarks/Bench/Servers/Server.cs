// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using Microsoft.Win32.SafeHandles;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Servers;

/// <summary>What to start so that a server comes up.</summary>
/// <param name="Program">The program's path.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Inherited">Descriptors that it inherits.</param>
internal sealed record ServerCommand(string Program, IReadOnlyList<string> Arguments, IReadOnlyList<SafeFileHandle> Inherited);

/// <summary>A server of a site: prepared when it is made, started once, and ended when it is disposed of.</summary>
internal sealed class Server : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly NetworkNamespace _network;
    private readonly ServerCommand _command;
    private readonly IDisposable? _link;
    private readonly string _logPath;
    private readonly SafeFileHandle _log;
    private ChildProcess? _process;

    /// <param name="name">What reports call it.</param>
    /// <param name="network">The namespace that it runs in.</param>
    /// <param name="clients">The namespace that its clients run in.</param>
    /// <param name="endPoint">Where it listens.</param>
    /// <param name="command">What to start.</param>
    /// <param name="logPath">Where its output goes.</param>
    /// <param name="link">What to let go of when it has ended.</param>
    internal Server(
        string name, NetworkNamespace network, NetworkNamespace clients, IPEndPoint endPoint, ServerCommand command, string logPath, IDisposable? link = null)
    {
        Name = name;
        _network = network;
        Clients = clients;
        EndPoint = endPoint;
        _command = command;
        _logPath = logPath;
        _log = File.OpenHandle(logPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        _link = link;
    }

    /// <summary>What reports call it.</summary>
    internal string Name { get; }

    /// <summary>The namespace that its clients run in.</summary>
    internal NetworkNamespace Clients { get; }

    /// <summary>Where it listens.</summary>
    internal IPEndPoint EndPoint { get; }

    /// <summary>The number of its process.</summary>
    internal int ProcessId => _process?.Id ?? throw new InvalidOperationException($"{Name} is not started");

    /// <summary>Sends its process a signal.</summary>
    internal void Signal(int signal)
    {
        if (Native.Kill(ProcessId, signal) != 0)
            throw SystemCallException.Last("kill");
    }

    /// <summary>What it has printed so far.</summary>
    internal string Log => ReadShared(_logPath);

    /// <summary>Where a path of the site is found.</summary>
    internal Uri Url(string path) => new($"http://{EndPoint}{path}");

    /// <summary>Its process and that one's children.</summary>
    internal IReadOnlySet<int> Processes()
    {
        var processes = new HashSet<int> { ProcessId };
        foreach (string word in File.ReadAllText($"/proc/{ProcessId}/task/{ProcessId}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            processes.Add(int.Parse(word, CultureInfo.InvariantCulture));
        return processes;
    }

    /// <summary>Starts it, bound to a processor or to none.</summary>
    internal void Start(int? processor) =>
        _process = _network.Start(_command.Program, _command.Arguments, processor, _log, _command.Inherited);

    /// <summary>Starts it and waits until it answers; the time from just before exec to the first answer 200.</summary>
    /// <exception cref="UaasException">It does not answer in time; the message has the end of what it printed.</exception>
    internal TimeSpan StartUntilAnswer(string path, TimeSpan limit, int? processor)
    {
        var answer = new FirstAnswer(EndPoint, path);
        try
        {
            return Clients.Run(() =>
            {
                long start = Stopwatch.GetTimestamp();
                Start(processor);
                return answer.Await(start, limit);
            });
        }
        catch (UaasException e) when (e.Failure == Failure.Boot)
        {
            string log = Log.Trim();
            throw new UaasException(Failure.Boot, $"{Name}: {e.Message}{(log.Length == 0 ? "" : $"; it printed: {log[Math.Max(0, log.Length - 500)..]}")}");
        }
    }

    /// <summary>Checks that every body of the site comes as it is.</summary>
    /// <exception cref="UaasException">One does not.</exception>
    internal void RequireSite(Site site) => Clients.Run(() =>
    {
        foreach (Body body in Site.Bodies)
            BodyCheck.Require(EndPoint, body.Path, File.ReadAllBytes(site.Folder + body.Path));
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is not null)
        {
            // Asked first, so that nginx's master takes its worker with it.
            if (!_process.StopAsync(Grace).Wait(Grace * 5))
                throw new UaasException(Failure.Lost, $"{Name} does not end");
            _process.Dispose();
        }
        _log.Dispose();
        _link?.Dispose();
    }

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
