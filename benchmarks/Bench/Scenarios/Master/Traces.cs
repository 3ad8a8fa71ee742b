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
    private readonly HashSet<string> _files = [.. Files()];
    private readonly string? _ownNamespace = NamespaceOf(Environment.ProcessId);

    /// <summary>Notes what there is now.</summary>
    internal void Note(MasterNode node)
    {
        foreach (LivingProcess process in node.Processes())
        {
            _processes.Add(process with { Parent = 0 });
            if (process.Name == "uaas" && NamespaceOf(process.Id) is { } space && space != _ownNamespace)
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
            .. Files().Where(file => !_files.Contains(file)).Select(static file => $"file {file}"),
        ];
    }

    /// <summary>Files for us, and the sockets and pipes of runtimes that are no more.</summary>
    private static IEnumerable<string> Files()
    {
        foreach (string folder in s_folders.Where(Directory.Exists))
        {
            foreach (string path in Directory.EnumerateFiles(folder))
            {
                string name = Path.GetFileName(path);
                if (name.StartsWith("uaas", StringComparison.Ordinal) || (RuntimeOf(name) is { } process && !Directory.Exists($"/proc/{process}")))
                    yield return path;
            }
        }
    }

    /// <summary>The process that a runtime's file is of: clr-debug-pipe-PID-…, dotnet-diagnostic-PID-….</summary>
    private static string? RuntimeOf(string name) => name.Split('-') switch
    {
        ["clr", "debug", "pipe", var process, ..] => process,
        ["dotnet", "diagnostic", var process, ..] => process,
        _ => null,
    };

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
