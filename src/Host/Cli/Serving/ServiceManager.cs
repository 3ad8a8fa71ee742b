// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Sockets;
using System.Text;

namespace Uaas.Cli.Serving;

/// <summary>What started this process and waits until it serves, as systemd does (sd_notify(3)).</summary>
internal static class ServiceManager
{
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>Says how this process fares, such as READY=1. Nothing happens where nobody wants to know.</summary>
    internal static void Tell(string state)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 1 } path)
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        }
        catch (SocketException e)
        {
            Console.Error.WriteLine($"uaas: {Variable} cannot be told '{state}': {e.Message}");
        }
    }
}
