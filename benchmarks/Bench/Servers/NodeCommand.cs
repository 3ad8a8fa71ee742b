// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Servers;

/// <summary>A verb of <c>uaas</c> that runs until it is ended, as a person runs it; what it prints goes to a file.</summary>
internal sealed class NodeCommand : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly string _program;
    private readonly string _log;
    private readonly string _verb;
    private readonly SafeFileHandle _output;
    private readonly ChildProcess _process;

    /// <param name="bench">The workbench.</param>
    /// <param name="place">The folder of what it prints.</param>
    /// <param name="processor">The processor that it and all that it starts is bound to; null for none.</param>
    /// <param name="words">The verb and what follows it.</param>
    internal NodeCommand(Workbench bench, string place, int? processor, params string[] words)
    {
        _program = Path.Combine(bench.Artifacts.Root, "cli", "uaas");
        _verb = words[0];
        _log = Path.Combine(place, $"{_verb}.log");
        _output = File.OpenHandle(_log, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        _process = Processors.Bound(processor, () => Start(words));
    }

    /// <summary>The process's number.</summary>
    internal int Id => _process.Id;

    /// <summary>What it has printed so far.</summary>
    internal string Log
    {
        get
        {
            using var reader = new StreamReader(new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd();
        }
    }

    /// <summary>Why it cannot be run; null where it can.</summary>
    internal static string? WhyMissing(Workbench bench) => File.Exists(Path.Combine(bench.Artifacts.Root, "cli", "uaas")) ? null : "the command is not built: ./uaas build";

    /// <summary>An address of this machine alone whose port is free now.</summary>
    internal static IPEndPoint FreeEndPoint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    /// <summary>Waits for a line that begins so, and gives the rest of it.</summary>
    /// <exception cref="UaasException">It does not come in time, or the process has ended.</exception>
    internal string Await(string beginning)
    {
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (true)
        {
            if (Log.Split('\n').FirstOrDefault(text => text.StartsWith(beginning, StringComparison.Ordinal)) is { } line)
                return line[beginning.Length..];
            if (Environment.TickCount64 > deadline || _process.Exited.IsCompleted)
                throw new UaasException(Failure.Boot, $"uaas {_verb} does not start; it printed: {Log.Trim()}");
            Thread.Sleep(Pause);
        }
    }

    /// <summary>Runs another verb to its end, which prints to the same file.</summary>
    /// <exception cref="UaasException">It fails.</exception>
    internal void Run(params string[] words)
    {
        using ChildProcess other = Start(words);
        if (other.Exited.Result.ShellCode != 0)
            throw new UaasException(Failure.Daemon, $"uaas {words[0]} fails: {Log.Trim()}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StopAsync(Grace).Wait(Grace * 2);
        _process.Dispose();
        _output.Dispose();
    }

    private ChildProcess Start(string[] words) => Children.Add(ChildProcess.Start(new ChildProcessStart { Program = _program, Arguments = words, Output = _output }));
}
