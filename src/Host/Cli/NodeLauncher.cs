// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;
using Uaas.Linux.Groups;
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

    private const int Backlog = 512;

    /// <summary>What stands in the way of a node on this machine, as far as can be told without starting one; null for nothing.</summary>
    internal static UaasException? FindLackingPrivilege()
    {
        if (Tap.FindObstacle() is { } obstacle)
            return obstacle;
        if (!File.Exists(NodeNamespaces.Unshare))
            return new UaasException(Failure.Privilege, $"{NodeNamespaces.Unshare} is not there", "install it: apt-get install util-linux");
        if (Environment.IsPrivilegedProcess)
        {
            return Capabilities.Has(Capabilities.SystemAdministration) && Capabilities.Has(Capabilities.NetworkAdministration) ? null
                : new UaasException(Failure.Privilege, "root here may not make a network namespace (CAP_SYS_ADMIN or CAP_NET_ADMIN is missing)",
                    "give the container both capabilities: --cap-add SYS_ADMIN --cap-add NET_ADMIN");
        }
        return Capabilities.FindUserNamespaceObstacle();
    }

    /// <summary>Opens the socket that the node is to serve on.</summary>
    /// <param name="address">Where.</param>
    /// <param name="option">What says so, for who has to choose another.</param>
    /// <exception cref="UaasException">The address is taken, not ours, or not allowed.</exception>
    internal static Socket Listen(IPEndPoint address, string option = "--port (0: any)")
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
                    $"choose another with {option}, or see who has it: ss -ltnp 'sport = :{address.Port}'", e),
                SocketError.AccessDenied => new UaasException(Failure.Port, $"this user may not listen on port {address.Port}",
                    $"choose a port from 1024 on with {option}, or run as root", e),
                SocketError.AddressNotAvailable => new UaasException(Failure.Port, $"{address.Address} is not an address of this machine",
                    "choose one with --listen that is", e),
                _ => new UaasException(Failure.Port, $"cannot listen on {address}: {e.Message}", null, e),
            };
        }
    }

    /// <summary>Listens on a port of a service that is not HTTP's.</summary>
    internal static Socket ListenForService(IPAddress address, int port) => Listen(new IPEndPoint(address, port), "'listen' in the service's ports (rtmp: {listen: PORT, port: 1935}), or --tcp");

    /// <summary>Starts a node on a listening socket, which goes over to it.</summary>
    /// <param name="listener">The socket.</param>
    /// <param name="options">The node's options; the descriptors in them are set here.</param>
    /// <param name="ports">What is served beside HTTP, with the sockets, which go over to it too.</param>
    internal static RunningNode Start(Socket listener, NodeOptions options, params IReadOnlyList<(ServicePort Port, Socket Listener)> ports)
    {
        var lifeline = new Pipe();
        var started = new Pipe();
        using SafeFileHandle theirLifeline = lifeline.ReadEnd;
        using SafeFileHandle theirStarted = started.WriteEnd;
        var groups = GroupTree.Create(GroupPlaces.OfThisProcess(), Environment.IsPrivilegedProcess);
        NodeOptions complete = options with
        {
            Groups = groups.Root,
            HostNamespace = NodeNetwork.CurrentNamespace(),
            Url = $"http://{listener.LocalEndPoint}/",
            Listener = (int)listener.Handle,
            Ports = [.. ports.Select(port => Describe(port.Port, port.Listener))],
            Lifeline = (int)theirLifeline.DangerousGetHandle(),
            Started = (int)theirStarted.DangerousGetHandle(),
        };
        Socket[] sockets = [listener, .. ports.Select(port => port.Listener)];
        try
        {
            var process = ChildProcess.Start(new ChildProcessStart
            {
                Program = NodeNamespaces.Unshare,
                Arguments = UnshareArguments(complete.ToJson()),
                Inherited = [theirLifeline, theirStarted, .. sockets.Select(socket => socket.SafeHandle)],
                OwnSession = true,
            });
            return new RunningNode(process, lifeline.WriteEnd, started.ReadEnd, groups);
        }
        finally
        {
            foreach (Socket socket in sockets)
                socket.Dispose();
        }
    }

    private static NodePort Describe(ServicePort port, Socket listener) =>
        new(port.Label, $"{port.Scheme}://{listener.LocalEndPoint}{port.Path}", (int)listener.Handle, port.GuestPort);

    private static List<string> UnshareArguments(string json)
    {
        List<string> arguments = NodeNamespaces.Words();
        arguments.AddRange([OwnProgram.Path, NodeCommand, json]);
        return arguments;
    }
}
