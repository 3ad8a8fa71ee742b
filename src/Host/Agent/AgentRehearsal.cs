// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Threading.Tasks;
using Uaas.Instances;
using Uaas.Linux;
using Uaas.Protocol.Agent;

namespace Uaas.Agent;

/// <summary>
/// The start of an instance that comes to nothing: its monitor is given an image that is none, says so and ends. What runs for the first time is compiled
/// then, and not when the first request waits for an instance.
/// </summary>
public static class AgentRehearsal
{
    private const string Name = "rehearsal";
    private const string NoImage = "/dev/null";

    // Of the node's network, and never an instance's: its last address is for all of it.
    private static readonly IPAddress s_nobody = IPAddress.Parse("10.77.255.255");

    /// <summary>Plays it; how the monitor ended. Null where it could not even be started, as a real one could not.</summary>
    public static async Task<InstanceExit?> RunAsync(IMonitorDriver driver, LinkGuard? guard)
    {
        try
        {
            AgentLine.ReadCommand(AgentLine.Write(new AgentCommand.Start(Name, 0, Name, 0, 0)).AsSpan()[..^1]);
            var template = new InstanceTemplate { Id = Name, Service = Name, Revision = 0, Monitor = driver.Name, Image = NoImage, MemoryMebibytes = 2 };
            guard?.Admit(s_nobody, template);
            using IInstance instance = driver.Start(new InstanceSpec { Name = Name, Image = NoImage, MemoryMebibytes = template.MemoryMebibytes });
            InstanceExit exit = await instance.WaitAsync().ConfigureAwait(false);
            guard?.Expel(s_nobody);
            return exit;
        }
        catch (Exception e) when (e is UaasException or SystemCallException)
        {
            // Whoever starts a real one is told why.
            return null;
        }
    }
}
