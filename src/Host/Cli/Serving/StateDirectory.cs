// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Linux;

namespace Uaas.Cli.Serving;

/// <summary>Where a daemon keeps what outlives it, and its sockets: a directory of this user's own.</summary>
/// <param name="root">Its path.</param>
internal sealed class StateDirectory(string root)
{
    private const string Variable = "UAAS_STATE";
    private const int LongestSocketPath = 107;

    internal string Root { get; } = root;

    internal string ApiSocket => Path.Combine(Root, "api.sock");

    internal string FrontSocket => Path.Combine(Root, "front.sock");

    internal string AgentSocket => Path.Combine(Root, "agent.sock");

    internal string TraceSocket => Path.Combine(Root, "trace.sock");

    /// <summary>Where the agent reaches the process by which instances reach the outside.</summary>
    internal string OutsideSocket => Path.Combine(Root, "outside.sock");

    /// <summary>Where that process is asked for names.</summary>
    internal string NamesSocket => Path.Combine(Root, "names.sock");

    internal string Database => Path.Combine(Root, "uaas.db");

    internal string Content => Path.Combine(Root, "content");

    internal string Volumes => Path.Combine(Root, "volumes");

    internal string Settings => Path.Combine(Root, "settings");

    internal string Logs => Path.Combine(Root, "logs");

    /// <summary>Number of the node's first process, for those who have to enter its namespaces.</summary>
    internal string NodeProcess => Path.Combine(Root, "node.pid");

    private string Lock => Path.Combine(Root, "lock");

    /// <summary>The directory that was given; without one the one in UAAS_STATE; without that root's, or the user's.</summary>
    internal static StateDirectory Find(string? given)
    {
        if (given is { Length: > 0 } || (given = Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 })
            return new StateDirectory(Path.GetFullPath(given));
        if (Environment.IsPrivilegedProcess)
            return new StateDirectory("/var/lib/uaas");
        string home = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state ? state
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".local", "state");
        return new StateDirectory(Path.Combine(home, "uaas"));
    }

    /// <summary>Makes the directory, for this user alone.</summary>
    /// <exception cref="UaasException">It cannot be made, or its path is too long for a socket's.</exception>
    internal void Create()
    {
        if (ApiSocket.Length > LongestSocketPath || AgentSocket.Length > LongestSocketPath)
            throw new UaasException(Failure.Usage, $"{Root} is too long a path for the sockets in it", "give a shorter one: --state DIR");
        try
        {
            Directory.CreateDirectory(Root);
            if (OperatingSystem.IsLinux())
                File.SetUnixFileMode(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain("make", Root, e);
        }
    }

    /// <summary>Holds the directory for one daemon; null where another has it. The kernel lets go of it with the process.</summary>
    internal FileStream? TryLock()
    {
        try
        {
            return new FileStream(Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == Errno.Again)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain("use", Lock, e);
        }
    }

    /// <summary>Writes down which the node's first process is. A daemon goes on without: that is only for those who have to enter its namespaces.</summary>
    internal void NoteNode(int process)
    {
        try
        {
            File.WriteAllText(NodeProcess, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{process}\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DaemonLog.Say($"cannot write {NodeProcess}, by which uaas nginx finds the node: {e.Message}");
        }
    }

    private static UaasException Explain(string what, string path, Exception e) => e is IOException { HResult: Errno.NoSpace }
        ? new UaasException(Failure.Disk, $"cannot {what} {path}: {e.Message}", "free some space, or give another directory: --state DIR", e)
        : new UaasException(Failure.Usage, $"cannot {what} {path}: {e.Message}", "give another directory: --state DIR", e);
}
