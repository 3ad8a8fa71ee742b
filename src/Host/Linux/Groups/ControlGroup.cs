// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux.Groups;

/// <summary>One control group with its limits, for the processes of one instance. Disposing it hands it back to its pool.</summary>
public sealed class ControlGroup : IDisposable
{
    private const int PeriodMicroseconds = 100_000;

    private readonly List<string> _directories = [];
    private readonly List<SafeFileHandle> _entries = [];
    private readonly GroupRoot _root;
    private readonly Action<ControlGroup> _onDisposed;
    private readonly string? _memory;
    private long _killedBefore;
    private bool _isTaken;

    /// <summary>Makes a group.</summary>
    /// <param name="root">Below which directories.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="limits">Its limits; one that the root knows no directory for is left out.</param>
    /// <param name="onDisposed">Takes it back.</param>
    /// <exception cref="IOException">The kernel refuses.</exception>
    internal ControlGroup(GroupRoot root, string name, GroupLimits limits, Action<ControlGroup> onDisposed)
    {
        _root = root;
        _onDisposed = onDisposed;
        Limits = limits;
        if (root.Memory is { } memory)
            SetMemory(_memory = Make(memory, name), limits.MemoryBytes);
        if (root.Cpu is { } cpu && limits.CpuMillicores > 0)
            SetProcessor(string.Equals(cpu, root.Memory, StringComparison.Ordinal) ? _memory! : Make(cpu, name), limits.CpuMillicores);
        foreach (string directory in _directories)
            _entries.Add(File.OpenHandle(Path.Combine(directory, root.Version == 1 ? "tasks" : "cgroup.procs"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite));
    }

    /// <summary>What its processes may use.</summary>
    public GroupLimits Limits { get; }

    /// <summary>Open files; a process that writes "0" into each is in the group.</summary>
    public IReadOnlyList<SafeFileHandle> Entries => _entries;

    /// <summary>Whether a process that enters by itself is not held up by it.</summary>
    public bool IsQuickToEnter => _root.IsQuickToEnter;

    /// <summary>Whether the kernel has killed a process of it for want of memory since it was taken.</summary>
    public bool HasRunOutOfMemory => Killed() > _killedBefore;

    /// <summary>Moves a process into it. One that has ended meanwhile is none to move.</summary>
    public void Enter(int process)
    {
        foreach (string directory in _directories)
        {
            try
            {
                File.WriteAllText(Path.Combine(directory, "cgroup.procs"), process.ToString(CultureInfo.InvariantCulture));
            }
            catch (IOException) when (ProcessIsGone(process))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isTaken)
            return;
        _isTaken = false;
        _onDisposed(this);
    }

    /// <summary>Notes that an instance has it from now on.</summary>
    internal ControlGroup Take()
    {
        _killedBefore = Killed();
        _isTaken = true;
        return this;
    }

    /// <summary>Whether no process is in it.</summary>
    internal bool IsEmpty()
    {
        foreach (string directory in _directories)
        {
            if (File.ReadAllText(Path.Combine(directory, "cgroup.procs")).Length > 0)
                return false;
        }
        return true;
    }

    /// <summary>Removes it; false where a process is still in it.</summary>
    internal bool TryRemove()
    {
        bool isGone = true;
        foreach (string directory in _directories)
            isGone &= Libc.RemoveDirectory(directory) == 0 || !Directory.Exists(directory);
        if (isGone)
            _entries.ForEach(entry => entry.Dispose());
        return isGone;
    }

    private static bool ProcessIsGone(int process) => !Directory.Exists($"/proc/{process}");

    private string Make(string parent, string name)
    {
        string path = Path.Combine(parent, name);

        // An agent that was killed leaves its own behind, and the next one counts from one again. With lower limits in it, version 1 refuses higher ones.
        Libc.RemoveDirectory(path);
        Directory.CreateDirectory(path);
        _directories.Add(path);
        return path;
    }

    private void SetMemory(string directory, long bytes)
    {
        (string limit, string swap, string swapLimit) = _root.Version == 1
            ? ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", Number(bytes))
            : ("memory.max", "memory.swap.max", "0");
        File.WriteAllText(Path.Combine(directory, limit), Number(bytes));

        // Not there where the kernel counts no swap, and of no use then.
        string swapFile = Path.Combine(directory, swap);
        if (File.Exists(swapFile))
            File.WriteAllText(swapFile, swapLimit);
    }

    private void SetProcessor(string directory, int millicores)
    {
        long quota = (long)millicores * PeriodMicroseconds / 1000;
        if (_root.Version == 2)
        {
            File.WriteAllText(Path.Combine(directory, "cpu.max"), $"{Number(quota)} {PeriodMicroseconds}");
            return;
        }
        File.WriteAllText(Path.Combine(directory, "cpu.cfs_period_us"), Number(PeriodMicroseconds));
        File.WriteAllText(Path.Combine(directory, "cpu.cfs_quota_us"), Number(quota));
    }

    private long Killed()
    {
        if (_memory is null)
            return 0;
        const string label = "oom_kill ";
        try
        {
            foreach (string line in File.ReadLines(Path.Combine(_memory, _root.Version == 1 ? "memory.oom_control" : "memory.events")))
            {
                if (line.StartsWith(label, StringComparison.Ordinal))
                    return long.Parse(line[label.Length..], CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            // The group has gone with all that is to know of it.
        }
        return 0;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
