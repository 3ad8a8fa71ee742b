// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Protocol.Agent;
using Uaas.Volumes;

namespace Uaas.Master.Deploying;

/// <summary>A volume, as people are told of it.</summary>
/// <param name="Namespace">Its service's namespace.</param>
/// <param name="Service">The service that it is, or was, of.</param>
/// <param name="Name">Its name among those of the service.</param>
/// <param name="SizeBytes">Bytes of the device; of one that is not there yet, those that it will have.</param>
/// <param name="UsedBytes">Bytes that it takes on the disk.</param>
/// <param name="ClaimedBytes">Bytes that the service wants it to have; null where no service wants it.</param>
/// <param name="State">in use: an instance has it; claimed: a service wants it; unused: it can be removed; new: it is made when an instance starts.</param>
/// <param name="CreatedAt">When it was made; null where it is not there yet.</param>
/// <param name="Path">The file.</param>
public sealed record VolumeView(string Namespace, string Service, string Name, long SizeBytes, long UsedBytes, long? ClaimedBytes, string State, DateTimeOffset? CreatedAt, string Path);

/// <summary>What volumes a service may have, and how its instances get them.</summary>
internal static class VolumeChecks
{
    /// <summary>Name of the block device in the manifest of every service that serves content.</summary>
    internal const string ContentDevice = "content";

    /// <summary>Refuses devices that the image does not have, and volumes that would have to be cut short.</summary>
    internal static void Require(VolumeStore volumes, string owner, ServiceDefinition definition, ResolvedImage image)
    {
        foreach (VolumeDefinition volume in definition.Volumes)
        {
            if (image.BlockDevices is { } devices && !devices.Where(device => device != ContentDevice).Contains(volume.Device))
            {
                string known = string.Join(", ", devices.Where(device => device != ContentDevice));
                throw new UaasException(Failure.Configuration, $"volume {volume.Name}: the image has no block device '{volume.Device}' to write to; {(known.Length == 0 ? "it has none" : $"it has: {known}")}",
                    known.Length == 0 ? "leave the volume out" : $"name the device: volumes: {{ {volume.Name}: {{ size: …, device: {known.Split(',')[0]} }} }}");
            }
            if (volumes.SizeOf(owner, definition.Name, volume.Name) is { } size && size > VolumeFile.RoundUp(volume.SizeBytes))
            {
                throw new UaasException(Failure.Configuration, $"volume {volume.Name} has {size} bytes, and is not cut to {volume.SizeBytes}: what is in it could be lost",
                    $"give it {size} bytes or more, or another name; to begin anew, take it out, and: uaas volume rm {definition.Name}/{volume.Name}");
            }
        }
    }

    /// <summary>The volumes as devices of a template, in the image's order.</summary>
    internal static IReadOnlyList<TemplateBlock> Blocks(VolumeStore volumes, string owner, ServiceDefinition definition, ResolvedImage image) =>
    [
        .. from volume in definition.Volumes
           orderby image.BlockDevices?.ToList().IndexOf(volume.Device) ?? 0
           select new TemplateBlock(volume.Device, volumes.PathOf(owner, definition.Name, volume.Name), VolumeFile.SectorSize, volume.SizeBytes),
    ];

    /// <summary>Files take room as they are written: more can be promised than there is.</summary>
    internal static IEnumerable<string> Warn(VolumeStore volumes, Deployment deployment)
    {
        long wanted = deployment.Services.SelectMany(service => service.Volumes).Sum(volume => volume.SizeBytes);
        if (wanted == 0)
            yield break;
        long used = volumes.List().Where(volume => volume.Namespace == deployment.Namespace).Sum(volume => volume.UsedBytes);
        long free = volumes.FreeBytes;
        if (wanted - used > free)
            yield return $"the volumes may grow by {(wanted - used) >> 20} MiB, and the disk has {free >> 20} MiB free: where it is full, guests cannot write";
    }

    /// <summary>All volumes: those on the disk, and those that services want.</summary>
    internal static IReadOnlyList<VolumeView> Views(VolumeStore volumes, IReadOnlyList<(string Owner, ServiceDefinition Definition)> services)
    {
        var claims = (from service in services
                      from volume in service.Definition.Volumes
                      select (Key: (service.Owner, Service: service.Definition.Name, volume.Name), volume.SizeBytes)).ToDictionary(claim => claim.Key, claim => claim.SizeBytes);
        var views = new List<VolumeView>();
        foreach (VolumeStatus volume in volumes.List())
        {
            bool isClaimed = claims.Remove((volume.Namespace, volume.Service, volume.Name), out long claimed);
            views.Add(new VolumeView(volume.Namespace, volume.Service, volume.Name, volume.SizeBytes, volume.UsedBytes, isClaimed ? claimed : null,
                volume.InUse ? "in use" : isClaimed ? "claimed" : "unused", volume.CreatedAt, volume.Path));
        }
        foreach (((string owner, string service, string name), long size) in claims)
            views.Add(new VolumeView(owner, service, name, VolumeFile.RoundUp(size), 0, size, "new", null, volumes.PathOf(owner, service, name)));
        return [.. views.OrderBy(view => (view.Namespace, view.Service, view.Name))];
    }
}
