// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Servers;

/// <summary>A daemon with the embedded front, as <c>uaas up</c> runs it.</summary>
internal sealed class MasterNode : IDisposable
{
    private const string Ready = "ready http://";

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly string _file;
    private readonly string _log;
    private readonly string _program;
    private readonly SafeFileHandle _output;
    private readonly ChildProcess _process;

    /// <param name="bench">The workbench.</param>
    /// <param name="name">A name for its folder.</param>
    /// <param name="services">The services, as uaas.yaml has them.</param>
    /// <param name="processor">The processor that all of it is bound to; null for none.</param>
    internal MasterNode(Workbench bench, string name, string services, int? processor = null)
    {
        string place = bench.Place(name);
        _program = Path.Combine(bench.Artifacts.Root, "cli", "uaas");
        _file = Path.Combine(place, "uaas.yaml");
        _log = Path.Combine(place, "up.log");
        State = Path.Combine(place, "state");
        Write(services);
        _output = File.OpenHandle(_log, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        var start = new ChildProcessStart { Program = _program, Arguments = ["up", "-f", _file, "--state", State, "--port", "0"], Output = _output };
        _process = Processors.Bound(processor, () => Children.Add(ChildProcess.Start(start)));
        try
        {
            EndPoint = AwaitReady();
            foreach (LivingProcess living in Processes())
                Processors.Favour(living.Id);
            Api = new MasterApi(Path.Combine(State, "api.sock"));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the front listens.</summary>
    internal IPEndPoint EndPoint { get; }

    /// <summary>The master's API.</summary>
    internal MasterApi Api { get; }

    /// <summary>The state directory.</summary>
    internal string State { get; }

    /// <summary>What it has printed so far.</summary>
    internal string Log
    {
        get
        {
            using var reader = new StreamReader(new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd();
        }
    }

    /// <summary>Why this cannot be measured; null where it can.</summary>
    internal static string? WhyMissing(Workbench bench) =>
        bench.Artifacts.WhyMissing("spt") ?? (File.Exists(Path.Combine(bench.Artifacts.Root, "cli", "uaas")) ? null : "the command is not built: ./uaas build");

    /// <summary>A service of the site on spt, as uaas.yaml has it.</summary>
    /// <param name="bench">The workbench.</param>
    /// <param name="name">Its name, which its paths begin with.</param>
    /// <param name="scale">Its scale.</param>
    /// <param name="rest">Further settings.</param>
    internal static string Service(Workbench bench, string name, string scale, string rest = "") =>
        $"  {name}:\n    image: http\n    vmm: spt\n    content: {bench.Site.Folder}\n    route: {{path: /{name}, strip: true}}\n    scale: {{{scale}}}\n{rest}";

    /// <summary>Applies other services than before.</summary>
    /// <exception cref="UaasException">They are refused.</exception>
    internal void Apply(string services)
    {
        Write(services);
        using ChildProcess apply = Children.Add(ChildProcess.Start(new ChildProcessStart { Program = _program, Arguments = ["apply", "-f", _file, "--state", State], Output = _output }));
        if (apply.Exited.Result.ShellCode != 0)
            throw new UaasException(Failure.Daemon, $"uaas apply fails: {Log.Trim()}");
    }

    /// <summary>All its processes.</summary>
    internal List<LivingProcess> Processes() => [.. ProcessTree.All().Where(living => living.Id == _process.Id), .. ProcessTree.Below(_process.Id)];

    /// <summary>Its process of a role: serve-agent, serve-master, serve-front; null while there is none.</summary>
    internal LivingProcess? Find(string role)
    {
        foreach (LivingProcess living in Processes())
        {
            if (living.Name == "uaas" && living.HasWord(role))
                return living;
        }
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Api?.Dispose();
        _process.StopAsync(Grace).Wait(Grace * 2);
        _process.Dispose();
        _output.Dispose();
    }

    private void Write(string services) => File.WriteAllText(_file, "services:\n" + services);

    private IPEndPoint AwaitReady()
    {
        long deadline = Environment.TickCount64 + (long)StartTime.TotalMilliseconds;
        while (true)
        {
            if (Log.Split('\n').FirstOrDefault(text => text.StartsWith(Ready, StringComparison.Ordinal)) is { } line)
                return IPEndPoint.Parse(line[Ready.Length..].TrimEnd('/'));
            if (Environment.TickCount64 > deadline || _process.Exited.IsCompleted)
                throw new UaasException(Failure.Boot, $"uaas up does not start; it printed: {Log.Trim()}");
            Thread.Sleep(20);
        }
    }
}
