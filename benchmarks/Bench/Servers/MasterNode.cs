// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Servers;

/// <summary>A daemon with the embedded front, as <c>uaas up</c> runs it.</summary>
internal sealed class MasterNode : IDisposable
{
    private readonly string _file;
    private readonly NodeCommand _daemon;

    /// <param name="bench">The workbench.</param>
    /// <param name="name">A name for its folder.</param>
    /// <param name="services">The services, as uaas.yaml has them.</param>
    /// <param name="processor">The processor that all of it is bound to; null for none.</param>
    internal MasterNode(Workbench bench, string name, string services, int? processor = null)
    {
        string place = bench.Place(name);
        _file = Path.Combine(place, "uaas.yaml");
        State = Path.Combine(place, "state");
        Write(services);
        _daemon = new NodeCommand(bench, place, processor, "up", "-f", _file, "--state", State, "--port", "0");
        try
        {
            EndPoint = IPEndPoint.Parse(_daemon.Await("ready http://").TrimEnd('/'));
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
    internal string Log => _daemon.Log;

    /// <summary>Why this cannot be measured; null where it can.</summary>
    internal static string? WhyMissing(Workbench bench) =>
        bench.Artifacts.WhyMissing("spt") ?? NodeCommand.WhyMissing(bench);

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
        _daemon.Run("apply", "-f", _file, "--state", State);
    }

    /// <summary>All its processes.</summary>
    internal List<LivingProcess> Processes() => [.. ProcessTree.All().Where(living => living.Id == _daemon.Id), .. ProcessTree.Below(_daemon.Id)];

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
        _daemon.Dispose();
    }

    private void Write(string services) => File.WriteAllText(_file, "services:\n" + services);
}
