// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;

namespace Uaas.Front;

/// <summary>All that the front knows of services, routes and instances. One thread changes it: the one that hears the master.</summary>
/// <param name="master">Who starts instances.</param>
internal sealed class FrontTable(IMaster master)
{
    private readonly ConcurrentDictionary<string, ServiceGate> _services = new();
    private readonly ConcurrentDictionary<string, KnownInstance> _instances = new();
    private readonly ConcurrentDictionary<string, KnownInstance> _hosts = new();
    private volatile RouteTable _routes = RouteTable.Empty;

    internal RouteTable Routes
    {
        get => _routes;
        set => _routes = value;
    }

    /// <summary>Where connections to the node's ports go.</summary>
    internal IReadOnlyDictionary<int, TcpRoute> TcpRoutes { get; set; } = new Dictionary<int, TcpRoute>();

    internal IEnumerable<ServiceGate> Services => _services.Values;

    internal IEnumerable<KnownInstance> Instances => _instances.Values;

    internal ServiceGate? Find(string service) => _services.GetValueOrDefault(service);

    /// <summary>The instance whose connections are kept by that name; null where it is gone.</summary>
    internal KnownInstance? FindByHost(string host) => _hosts.GetValueOrDefault(host);

    /// <summary>The service of that name, made known if it was not.</summary>
    internal ServiceGate Service(string name) => _services.GetOrAdd(name, added => new ServiceGate(added, master));

    /// <summary>Takes an instance in, or gives what is known of it.</summary>
    internal KnownInstance Take(string id, string service, System.Net.IPEndPoint address, bool isCold)
    {
        if (_instances.TryGetValue(id, out KnownInstance? known) && known.Address.Equals(address))
        {
            if (!isCold && known.IsCold)
                known.Resume();
            return known;
        }
        if (known is not null)
            Lose(id);
        var instance = new KnownInstance(id, Service(service), address, isCold);
        _hosts[instance.Host] = instance;
        _instances[id] = instance;
        return instance;
    }

    /// <summary>An instance is gone.</summary>
    internal void Lose(string id)
    {
        if (!_instances.TryRemove(id, out KnownInstance? instance))
            return;
        _hosts.TryRemove(instance.Host, out _);
        instance.Service.Remove(instance);
    }

    /// <summary>A service is gone; requests that wait for it are told.</summary>
    internal void LoseService(string name)
    {
        foreach (KnownInstance instance in _instances.Values.Where(instance => instance.Service.Name == name).ToList())
            Lose(instance.Id);
        if (_services.TryRemove(name, out ServiceGate? service))
            service.Refuse(new Refusal(503, 1, "the service is gone", IsGone: true));
    }
}
