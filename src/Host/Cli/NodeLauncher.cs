// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Uaas.Linux;
using Uaas.Networking;

namespace Uaas.Cli;

/// <summary>
/// Starts the node in namespaces of its own (network, processes, mounts) and stands by until it ends. What keeps the machine clean is the kernel: the
/// node is the first process of its PID namespace, so whatever it started dies with it, and its taps and routes go with the network
/// namespace's last process. The node holds the other end of a pipe, and ends when this process does, even by SIGKILL.
/// </summary>
internal static class NodeLauncher
{
    /// <summary>The hidden command by which this program runs as a node.</summary>
    internal const string NodeCommand = "node";

    private const string Unshare = "/usr/bin/unshare";
    private const int UnshareFailed = 1;
    private const int Backlog = 512;

    /// <summary>What stands in the way of a node on this machine, as far as can be told without starting one; null for nothing.</summary>
    internal static UaasException? FindLackingPrivilege()
    {
        if (Tap.FindObstacle() is { } obstacle)
            return obstacle;
        if (!File.Exists(Unshare))
            return new UaasException(Failure.Privilege, $"{Unshare} is not there", "install it: apt-get install util-linux");
        if (Environment.IsPrivilegedProcess)
        {
            return Capabilities.Has(Capabilities.SystemAdministration) && Capabilities.Has(Capabilities.NetworkAdministration) ? null
                : new UaasException(Failure.Privilege, "root here may not make a network namespace (CAP_SYS_ADMIN or CAP_NET_ADMIN is missing)",
                    "give the container both capabilities: --cap-add SYS_ADMIN --cap-add NET_ADMIN");
        }
        return Capabilities.FindUserNamespaceObstacle();
    }

    /// <summary>Opens the socket that the node is to serve on.</summary>
    /// <exception cref="UaasException">The address is taken, not ours, or not allowed.</exception>
    internal static Socket Listen(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => new UaasException(Failure.Port, $"port {address.Port} of {address.Address} is in use",
                    $"choose another with --port (0: any), or see who has it: ss -ltnp 'sport = :{address.Port}'", e),
                SocketError.AccessDenied => new UaasException(Failure.Port, $"this user may not listen on port {address.Port}",
                    "choose a port from 1024 on with --port, or run as root", e),
                SocketError.AddressNotAvailable => new UaasException(Failure.Port, $"{address.Address} is not an address of this machine",
                    "choose one with --listen that is", e),
                _ => new UaasException(Failure.Port, $"cannot listen on {address}: {e.Message}", null, e),
            };
        }
    }

    /// <summary>Runs a node on a listening socket until it ends; returns its exit code. SIGINT, SIGTERM and SIGHUP stop it in order, a second one at once.</summary>
    internal static async Task<int> RunAsync(Socket listener, Func<int, int, NodeOptions> options)
    {
        if (FindLackingPrivilege() is { } lacking)
            throw lacking;
        using var lifeline = new Pipe();
        string json = options((int)listener.Handle, (int)lifeline.ReadEnd.DangerousGetHandle()).ToJson();
        using var node = ChildProcess.Start(new ChildProcessStart
        {
            Program = Unshare,
            Arguments = UnshareArguments(json),
            Environment = NodeEnvironment(),
            Inherited = [listener.SafeHandle, lifeline.ReadEnd],
            OwnSession = true,
        });
        listener.Dispose();
        lifeline.ReadEnd.Dispose();

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (lifeline.WriteEnd.IsClosed)
                node.Kill();
            lifeline.WriteEnd.Dispose();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        return Explain(await node.Exited.ConfigureAwait(false));
    }

    private static int Explain(ProcessExit exit)
    {
        if (exit.Signal != 0)
            throw new UaasException(Failure.Lost, $"the node was killed (signal {exit.Signal}); its instances went with it");
        if (exit.Code == UnshareFailed)
            throw new UaasException(Failure.Privilege, "the kernel refuses the node's namespaces", "run as root (sudo); in a container, allow CAP_SYS_ADMIN and CAP_NET_ADMIN");
        return exit.Code;
    }

    private static List<string> UnshareArguments(string json)
    {
        var arguments = new List<string>();
        if (!Environment.IsPrivilegedProcess)
            arguments.AddRange(["--user", "--map-root-user"]);
        arguments.AddRange(["--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]);
        arguments.AddRange(OwnCommand());
        arguments.AddRange([NodeCommand, json]);
        return arguments;
    }

    /// <summary>How this very program is started: by its own executable, or by <c>dotnet</c> and its assembly.</summary>
    private static List<string> OwnCommand()
    {
        string executable = Environment.ProcessPath ?? throw new IOException("/proc/self/exe cannot be read");
        string assembly = Path.Combine(AppContext.BaseDirectory, "uaas.dll");
        return Path.GetFileNameWithoutExtension(executable) == "dotnet" ? [executable, assembly] : [executable];
    }

    /// <summary>The environment of the node: this one, without the runtime's diagnostic sockets, which would outlive a killed node in /tmp.</summary>
    private static List<string> NodeEnvironment()
    {
        var result = new List<string> { "DOTNET_EnableDiagnostics=0" };
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry.Key is not "DOTNET_EnableDiagnostics")
                result.Add(string.Create(CultureInfo.InvariantCulture, $"{entry.Key}={entry.Value}"));
        }
        return result;
    }
}
