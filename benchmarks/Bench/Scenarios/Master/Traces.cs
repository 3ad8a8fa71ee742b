// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Uaas.Bench.Machine;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>What a node could leave behind on the machine: processes, network namespaces (and with those taps and routes), files.</summary>
internal sealed class Traces
{
    private const int Polls = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly string[] s_folders = ["/tmp", "/dev/shm", "/run"];

    private readonly HashSet<LivingProcess> _processes = [];
    private readonly HashSet<string> _namespaces = new(StringComparer.Ordinal);
    private readonly HashSet<string> _runtimes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _files = [.. Files()];
    private readonly string? _ownNamespace = NamespaceOf(Environment.ProcessId);

    /// <summary>Notes what there is now.</summary>
    internal void Note(MasterNode node)
    {
        foreach (LivingProcess process in node.Processes())
        {
            _processes.Add(process with { Parent = 0 });
            if (process.Name != "uaas")
                continue;
            _runtimes.UnionWith(NumbersOf(process.Id).Select(number => $"{number}-{process.StartTicks}"));
            if (NamespaceOf(process.Id) is { } space && space != _ownNamespace)
                _namespaces.Add(space);
        }
    }

    /// <summary>What of it is still there when the node has ended, in words.</summary>
    internal IReadOnlyList<string> Left()
    {
        List<LivingProcess> processes = [];
        for (int i = 0; i < Polls; i++)
        {
            processes = [.. ProcessTree.All().Where(living => _processes.Contains(living with { Parent = 0 }))];
            if (processes.Count == 0)
                break;
            Thread.Sleep(Pause);
        }
        IEnumerable<string> held = ProcessTree.All().Select(static living => NamespaceOf(living.Id)).OfType<string>().Where(_namespaces.Contains).Distinct();
        IEnumerable<string> taps = Directory.EnumerateDirectories("/sys/class/net").Select(static path => Path.GetFileName(path)).Where(static name => name.StartsWith("uaas", StringComparison.Ordinal));
        return
        [
            .. processes.Select(static process => $"process {process.Id} ({process.Name})"),
            .. held.Select(static space => $"network namespace {space}"),
            .. taps.Select(static name => $"tap {name}"),
            .. Files().Where(file => !_files.Contains(file) && IsOurs(Path.GetFileName(file))).Select(static file => $"file {file}"),
        ];
    }

    private static IEnumerable<string> Files() => s_folders.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles);

    /// <summary>Files for us, and the sockets and pipes of the node's runtimes: clr-debug-pipe-PID-START-in, dotnet-diagnostic-PID-START-socket.</summary>
    private bool IsOurs(string name) => name.StartsWith("uaas", StringComparison.Ordinal) || name.Split('-') switch
    {
        ["clr", "debug", "pipe", var process, var start, ..] => _runtimes.Contains($"{process}-{start}"),
        ["dotnet", "diagnostic", var process, var start, ..] => _runtimes.Contains($"{process}-{start}"),
        _ => false,
    };

    /// <summary>A process's numbers, in its own namespace too, which is the one that it knows.</summary>
    private static IEnumerable<string> NumbersOf(int process)
    {
        const string key = "NSpid:";
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(static line => line.StartsWith(key, StringComparison.Ordinal));
            return line is null ? [] : line[key.Length..].Split('\t', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static string? NamespaceOf(int process)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{process}/ns/net", returnFinalTarget: false)?.Name;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
