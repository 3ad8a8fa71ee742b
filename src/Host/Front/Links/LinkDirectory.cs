// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Networking;

namespace Uaas.Front.Links;

/// <summary>
/// Finds instances for other instances: a service's name leads to one of its instances, whose service is linked to it, and is started if there is none.
/// The address is given once the instance is up, since the node's filter knows it by then.
/// </summary>
/// <param name="master">What is known of services and instances.</param>
/// <param name="leases">Who uses what.</param>
/// <param name="outside">Who knows the names of the outside; null for nobody.</param>
internal sealed class LinkDirectory(MasterLink master, LinkLeases leases, OutsideNames? outside = null) : INameDirectory
{
    private const int MaxTries = 3;

    private static readonly TimeSpan s_knownWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public async ValueTask<NameAnswer> FindAsync(IPAddress asker, string name, CancellationToken cancellation)
    {
        if (await FindAskerAsync(asker, cancellation).ConfigureAwait(false) is not { } instance)
            return new NameAnswer(NameCode.Refused);
        string key = KeyFor(instance.Service.Name, name);
        if (!instance.Service.Links.Contains(key))
            return outside is not null && await outside.FindAsync(asker, name, cancellation).ConfigureAwait(false) is { } address ? new NameAnswer(NameCode.Ok, address) : new NameAnswer(NameCode.NoSuchName);
        return master.Table.Find(key) is { } service ? await AdmitAsync(instance, service, cancellation).ConfigureAwait(false) : new NameAnswer(NameCode.ServerFailure);
    }

    private async ValueTask<NameAnswer> AdmitAsync(KnownInstance asker, ServiceGate service, CancellationToken cancellation)
    {
        var tried = new List<KnownInstance>();
        while (tried.Count < MaxTries)
        {
            Admission admission = await service.AdmitAsync(tried, cancellation).ConfigureAwait(false);
            if (admission.Instance is not { } instance)
                return new NameAnswer(admission.Refusal?.Status == 503 ? NameCode.Refused : NameCode.ServerFailure);
            if (await IsUpAsync(instance, cancellation).ConfigureAwait(false))
            {
                leases.Begin(asker, instance);
                return new NameAnswer(NameCode.Ok, instance.Address.Address);
            }
            service.End(instance);
            tried.Add(instance);
        }
        return new NameAnswer(NameCode.ServerFailure);
    }

    /// <summary>Waits for an instance that is being started; false where it goes before it is up. The connection that tells is of no other use.</summary>
    private static async ValueTask<bool> IsUpAsync(KnownInstance instance, CancellationToken cancellation)
    {
        if (!instance.IsCold || instance.Address.Port == 0)
            return true;
        try
        {
            await using Stream connection = await InstanceConnector.ConnectAsync(instance, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>An instance may ask in its first millisecond, before the master's word of it is heard here.</summary>
    private async ValueTask<KnownInstance?> FindAskerAsync(IPAddress address, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (master.Table.Instances.FirstOrDefault(instance => instance.Address.Address.Equals(address)) is { } found)
                return found;
            if (waited.Elapsed >= s_knownWithin)
                return null;
            await Task.Delay(s_lookEvery, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>A name is looked for in the namespace of the service that asks, whose own name begins with it.</summary>
    private static string KeyFor(string asker, string name)
    {
        int slash = asker.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? name : string.Concat(asker.AsSpan(0, slash + 1), name);
    }
}
