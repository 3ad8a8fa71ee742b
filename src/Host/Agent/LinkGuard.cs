// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;
using Uaas.Networking;
using Uaas.Networking.Lanes;
using Uaas.Protocol.Agent;

namespace Uaas.Agent;

/// <summary>Keeps the node's filter true to the instances that there are: each reaches what its service is linked to, and nothing else. Linked instances have lanes, too.</summary>
/// <param name="firewall">The filter.</param>
/// <param name="lanes">Gives them lanes.</param>
/// <param name="outside">The way out for those that have one; null where there is none.</param>
public sealed class LinkGuard(LinkFirewall firewall, LaneBroker lanes, Outside.OutsideGate? outside = null)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, uint> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<IPAddress, (uint Service, LinkTarget[] Links, bool MayLeave)> _admitted = [];

    /// <summary>Gets ready for instances of a template.</summary>
    /// <exception cref="UaasException">The kernel cannot let any out.</exception>
    public void Prepare(InstanceTemplate template)
    {
        lock (_lock)
            lanes.Expect(LinksOf(template));
        if (template.Egress.Count > 0)
            outside?.Open();
    }

    /// <summary>An instance is about to be started at an address that nobody has. Returns the memory that it is to share with linked instances, in the order of its tender's options.</summary>
    /// <param name="instance">Its address.</param>
    /// <param name="template">What it is started from.</param>
    /// <param name="takesLanes">Whether its monitor and image can share memory.</param>
    /// <exception cref="SystemCallException">The kernel refuses.</exception>
    public IReadOnlyList<SafeFileHandle> Admit(IPAddress instance, InstanceTemplate template, bool takesLanes)
    {
        bool mayLeave = outside is not null && template.Egress.Count > 0;
        if (mayLeave)
            outside!.Admit(instance, template.Egress);
        lock (_lock)
        {
            uint service = NumberOf(template.Service);
            LinkTarget[] links = LinksOf(template);
            firewall.Admit(instance, service, links, mayLeave);
            _admitted[instance] = (service, links, mayLeave);
            return takesLanes ? LanesFor(instance, service, links) : [];
        }
    }

    /// <summary>The instance at an address has ended. Nothing happens where none was let in there.</summary>
    /// <exception cref="SystemCallException">The kernel refuses.</exception>
    public void Expel(IPAddress instance)
    {
        outside?.Expel(instance);
        lock (_lock)
        {
            if (!_admitted.Remove(instance, out (uint Service, LinkTarget[] Links, bool MayLeave) known))
                return;
            lanes.Expel(instance);
            firewall.Expel(instance, known.Service, known.Links, known.MayLeave);
        }
    }

    private LinkTarget[] LinksOf(InstanceTemplate template) => [.. template.Links.Select(link => new LinkTarget(NumberOf(link.Service), (ushort)link.Port)).Distinct()];

    /// <summary>Where there is no memory for them, or no descriptor, frames go from tap to tap.</summary>
    private SafeFileHandle[] LanesFor(IPAddress instance, uint service, LinkTarget[] links)
    {
        try
        {
            return lanes.Admit(instance, service, links) is { } given ? [given.Directory, .. given.Lanes] : [];
        }
        catch (Exception e) when (e is SystemCallException or System.IO.IOException)
        {
            return [];
        }
    }

    // Numbers are not given back: a service's name is a few bytes, and an agent knows of ten thousand at most at a time.
    private uint NumberOf(string service)
    {
        if (!_services.TryGetValue(service, out uint number))
            _services[service] = number = (uint)_services.Count + 1;
        return number;
    }
}
