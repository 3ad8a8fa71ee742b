// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;

namespace Uaas.Agent.Outside;

/// <summary>A network that an instance may connect to.</summary>
/// <param name="Network">Its address.</param>
/// <param name="Prefix">Bits of it that count; 0: it is everywhere.</param>
/// <param name="Port">The one port; 0 for all.</param>
public readonly record struct OutsideRule(uint Network, int Prefix, int Port)
{
    /// <summary>Reads <c>10.0.0.0/8</c> or <c>10.0.0.0/8:443</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out OutsideRule rule)
    {
        rule = default;
        int port = 0;
        int colon = text.IndexOf(':');
        if (colon >= 0 && !(int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue))
            return false;
        ReadOnlySpan<char> network = colon < 0 ? text : text[..colon];
        int slash = network.IndexOf('/');
        if (slash < 0 || !int.TryParse(network[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int prefix) || prefix > 32
            || !IPAddress.TryParse(network[..slash], out IPAddress? address) || address.GetAddressBytes().Length != 4)
            return false;
        rule = new OutsideRule(Number(address), prefix, port);
        return true;
    }

    /// <summary>Whether it has that address in it.</summary>
    public bool Holds(IPAddress address) => Prefix == 0 || (Number(address) ^ Network) >> (32 - Prefix) == 0;

    /// <summary>Whether it allows a connection. An address of this machine itself is meant only where it is named, not by "everywhere".</summary>
    public bool Allows(IPEndPoint destination, bool isOwn) => (Port == 0 || Port == destination.Port) && Holds(destination.Address) && !(isOwn && Prefix == 0);

    private static uint Number(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
}

/// <summary>Which instance may connect where, and what it has open.</summary>
public sealed class OutsidePolicy
{
    /// <summary>Connections of one instance at a time; more are reset.</summary>
    public const int MaxConnectionsOfOne = 256;

    /// <summary>Connections of all instances at a time; more are reset.</summary>
    public const int MaxConnections = 4096;

    private readonly System.Threading.Lock _lock = new();
    private readonly Dictionary<IPAddress, Instance> _instances = [];
    private int _connections;

    /// <summary>An instance is there, with these rules.</summary>
    public void Admit(IPAddress instance, IReadOnlyList<OutsideRule> rules)
    {
        Expel(instance);
        lock (_lock)
            _instances[instance] = new Instance(rules);
    }

    /// <summary>An instance is gone: all that it has open is closed, so that the next one at its address has nothing of it.</summary>
    public void Expel(IPAddress instance)
    {
        List<IDisposable> open = [];
        lock (_lock)
        {
            if (_instances.Remove(instance, out Instance? known))
                open.AddRange(known.Open);
        }
        open.ForEach(connection => connection.Dispose());
    }

    /// <summary>Begins a connection; false where it may not be.</summary>
    /// <param name="instance">Who connects.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="isOwn">Whether that is an address of this machine.</param>
    /// <param name="connection">Disposed when the instance goes.</param>
    public bool TryBegin(IPAddress instance, IPEndPoint destination, bool isOwn, IDisposable connection)
    {
        lock (_lock)
        {
            if (!_instances.TryGetValue(instance, out Instance? known) || !known.Rules.Any(rule => rule.Allows(destination, isOwn)))
                return false;
            if (_connections >= MaxConnections || known.Open.Count >= MaxConnectionsOfOne)
                return false;
            _connections++;
            return known.Open.Add(connection);
        }
    }

    /// <summary>A connection that was begun has ended.</summary>
    public void End(IPAddress instance, IDisposable connection)
    {
        lock (_lock)
        {
            _connections--;
            if (_instances.TryGetValue(instance, out Instance? known))
                known.Open.Remove(connection);
        }
    }

    /// <summary>The first of the addresses that an instance may connect to at some port; null where there is none.</summary>
    public IPAddress? Choose(IPAddress instance, IEnumerable<IPAddress> addresses)
    {
        IReadOnlyList<OutsideRule> rules;
        lock (_lock)
            rules = _instances.TryGetValue(instance, out Instance? known) ? known.Rules : [];
        return addresses.FirstOrDefault(address => rules.Any(rule => rule.Holds(address)));
    }

    /// <summary>Whether an instance may connect anywhere.</summary>
    public bool Knows(IPAddress instance)
    {
        lock (_lock)
            return _instances.ContainsKey(instance);
    }

    private sealed record Instance(IReadOnlyList<OutsideRule> Rules)
    {
        internal HashSet<IDisposable> Open { get; } = [];
    }
}
