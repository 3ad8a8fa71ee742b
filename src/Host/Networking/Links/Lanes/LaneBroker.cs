// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Networking.Lanes;

/// <summary>What the tender of a linked instance is given: the directory of its lanes, and the lanes in the directory's order.</summary>
/// <param name="Directory">The directory.</param>
/// <param name="Lanes">The lanes.</param>
public sealed record InstanceLanes(SafeFileHandle Directory, IReadOnlyList<SafeFileHandle> Lanes);

/// <summary>
/// Gives linked instances lanes: memory that two of them share, and nobody else. An instance cannot be given memory while it runs, so each has some lanes from its start,
/// for peers that are started later, and takes a lane of each peer that was started before it. Where none is free, frames go from tap to tap, as they do without lanes.
/// </summary>
public sealed class LaneBroker : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, LaneMember> _members = [];
    private readonly HashSet<uint> _targets = [];

    /// <summary>Instances with such links are going to be started: those that they lead to have lanes from now on.</summary>
    public void Expect(IEnumerable<LinkTarget> links)
    {
        lock (_lock)
            _targets.UnionWith(links.Select(link => link.Service));
    }

    /// <summary>An instance is about to be started. Null where it has no links, and none leads to it.</summary>
    /// <param name="instance">Its address, which is not entered yet.</param>
    /// <param name="service">The number of its service.</param>
    /// <param name="links">Where its links lead.</param>
    /// <exception cref="Linux.SystemCallException">No memory or descriptor is left; then nothing has changed.</exception>
    public InstanceLanes? Admit(IPAddress instance, uint service, IReadOnlyList<LinkTarget> links)
    {
        lock (_lock)
        {
            if (links.Count == 0 && !_targets.Contains(service))
                return null;
            Sweep();
            var member = new LaneMember(instance, service, links);
            try
            {
                foreach (LaneMember other in _members.Values)
                    member.TryJoin(other);
            }
            catch
            {
                member.Dispose();
                throw;
            }
            _members.Add(instance, member);
            return member.Lanes;
        }
    }

    /// <summary>The instance at an address has ended. Nothing happens where it was given no lanes.</summary>
    public void Expel(IPAddress instance)
    {
        lock (_lock)
        {
            if (!_members.Remove(instance, out LaneMember? member))
                return;
            member.Dispose();
            Sweep();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (LaneMember member in _members.Values)
                member.Dispose();
            _members.Clear();
        }
    }

    private void Sweep()
    {
        foreach (LaneMember member in _members.Values)
            member.Sweep();
    }
}
