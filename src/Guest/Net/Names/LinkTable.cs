// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Names;

/// <summary>
/// The links of an instance: ports of its own <c>127.0.0.1</c> behind which other services are. A link names a service, which is resolved anew for each
/// connection.
/// </summary>
public sealed class LinkTable
{
    /// <summary>Most links.</summary>
    public const int Capacity = 64;

    /// <summary>Longest name of a service: a DNS label (RFC 1035, 2.3.4).</summary>
    public const int MaximumName = 63;

    private struct Link
    {
        public ushort Port;
        public ushort TargetPort;
        public int NameLength;
    }

    private readonly Link[] _links = new Link[Capacity];
    private readonly byte[] _names = new byte[Capacity * MaximumName];

    /// <summary>How many links there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a link; false when the table is full, the name is empty or too long, a port is 0, or the port is linked already.</summary>
    /// <param name="port">The port at 127.0.0.1.</param>
    /// <param name="service">The service.</param>
    /// <param name="targetPort">The port that its instances listen on.</param>
    public bool TryAdd(ushort port, ReadOnlySpan<byte> service, ushort targetPort)
    {
        if (Count == Capacity || service.IsEmpty || service.Length > MaximumName || port == 0 || targetPort == 0) return false;
        if (TryFind(port, out _, out _)) return false;
        service.CopyTo(_names.AsSpan(Count * MaximumName));
        _links[Count++] = new Link { Port = port, TargetPort = targetPort, NameLength = service.Length };
        return true;
    }

    /// <summary>What lies behind a port of 127.0.0.1; false for nothing.</summary>
    public bool TryFind(ushort port, out ReadOnlySpan<byte> service, out ushort targetPort)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_links[i].Port != port) continue;
            service = _names.AsSpan(i * MaximumName, _links[i].NameLength);
            targetPort = _links[i].TargetPort;
            return true;
        }

        service = default;
        targetPort = 0;
        return false;
    }
}
