// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Master.Control;
using Uaas.Master.Storage;
using Uaas.Protocol.Agent;
using Uaas.Protocol.Front;
using Uaas.Volumes;

namespace Uaas.Master.Deploying;

/// <summary>What an application came to.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Created">Services that are new.</param>
/// <param name="Updated">Services that have changed.</param>
/// <param name="Unchanged">Services that are as they were.</param>
/// <param name="Deleted">Services that are wanted no more.</param>
/// <param name="Warnings">What is worth saying.</param>
public sealed record ApplyResult(string Namespace, IReadOnlyList<string> Created, IReadOnlyList<string> Updated, IReadOnlyList<string> Unchanged, IReadOnlyList<string> Deleted, IReadOnlyList<string> Warnings);

/// <summary>What is wanted has changed since the one who changes it last looked.</summary>
public sealed class ConflictException(string message) : Exception(message);

/// <summary>
/// Changes what is wanted: finds images, packs content, and stores the whole of a change or nothing of it. One change at a time.
/// </summary>
/// <param name="store">What is wanted.</param>
/// <param name="control">Who makes it so.</param>
/// <param name="images">Finds images.</param>
/// <param name="content">Keeps packed content.</param>
/// <param name="volumes">The volumes.</param>
/// <param name="settings">Keeps what services are given to know.</param>
/// <param name="history">Where events go.</param>
/// <param name="clock">The clock.</param>
public sealed class Deployer(Store store, ControlLoop control, IImageResolver images, ContentStore content, VolumeStore volumes, SettingsStore settings, History history, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>Makes a namespace what a deployment says: services that it does not name go.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="ifMatch">The namespace's version that is to be changed; null for any.</param>
    /// <param name="cancellation">Calls it off, as long as nothing is stored.</param>
    /// <exception cref="ConfigurationException">It asks for what cannot be; nothing is changed.</exception>
    /// <exception cref="UaasException">An image or content cannot be had; nothing is changed.</exception>
    /// <exception cref="ConflictException">The namespace is of another version.</exception>
    public async Task<ApplyResult> ApplyAsync(Deployment deployment, string? ifMatch, CancellationToken cancellation)
    {
        DeploymentRules.Require(deployment);
        using Held held = await HoldAsync(cancellation).ConfigureAwait(false);
        RequireRoom(deployment.Namespace, deployment.Services);
        foreach (CertificateFiles files in deployment.Tls.Certificates)
            ServerCertificate.Load(files.Certificate, files.Key).Dispose();
        var prepared = new List<Prepared>();
        foreach (ServiceDefinition definition in deployment.Services)
            prepared.Add(await PrepareAsync(deployment.Namespace, definition, cancellation).ConfigureAwait(false));
        return Commit(deployment, prepared, ifMatch);
    }

    /// <summary>Changes what is no part of a revision about a service: neither image nor content is looked at again. Whether there is one.</summary>
    /// <param name="owner">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="ifMatch">Its version that is to be changed; null for any.</param>
    /// <param name="change">What becomes of its definition.</param>
    /// <param name="cancellation">Calls it off, as long as nothing is stored.</param>
    /// <exception cref="ConfigurationException">It asks for what cannot be; nothing is changed.</exception>
    /// <exception cref="UaasException">An image or content cannot be had; nothing is changed.</exception>
    /// <exception cref="ConflictException">The service is of another version.</exception>
    public async Task<bool> ChangeAsync(string owner, string name, string? ifMatch, Func<ServiceDefinition, ServiceDefinition> change, CancellationToken cancellation)
    {
        using Held held = await HoldAsync(cancellation).ConfigureAwait(false);
        if (Find(owner, name) is not (var space, var stored))
            return false;
        Check(ifMatch, ControlLoop.ETagOf(stored));
        ServiceDefinition changed = change(stored.Definition);
        DeploymentRules.Require(changed);
        RequireRoom(owner, [changed]);
        store.Change(one => stored = one.Put(space.Id, changed, stored.Wanted));
        control.Set(space, stored, []);
        return true;
    }

    /// <summary>
    /// Has every instance of a service replaced, one after the other, by instances of the revision that is wanted: image, content and secrets are those that it was applied with, whatever has become
    /// of their files since. Whether there is such a service.
    /// </summary>
    /// <param name="owner">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="ifMatch">Its version that is to be restarted; null for any.</param>
    /// <param name="cancellation">Calls it off, as long as nothing is stored.</param>
    /// <exception cref="ConflictException">The service is of another version.</exception>
    public async Task<bool> RestartAsync(string owner, string name, string? ifMatch, CancellationToken cancellation)
    {
        using Held held = await HoldAsync(cancellation).ConfigureAwait(false);
        if (Find(owner, name) is not (var space, var stored))
            return false;
        Check(ifMatch, ControlLoop.ETagOf(stored));
        List<StoredRevision> revisions = RevisionsOf(stored);
        Repeat(space, stored, stored.Definition, revisions.Single(revision => revision.Number == stored.Wanted), revisions);
        history.Add(ServiceRecord.KeyOf(owner, name), null, "restart", "all instances are replaced, as asked");
        return true;
    }

    /// <summary>Has a service go back to a revision that it had; null where there is no such service or revision, else the revision's number.</summary>
    /// <param name="owner">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="to">The revision; null for the one before.</param>
    /// <param name="ifMatch">The service's version that is to be changed; null for any.</param>
    /// <param name="cancellation">Calls it off, as long as nothing is stored.</param>
    /// <exception cref="ConflictException">The service is of another version.</exception>
    public async Task<int?> UndoAsync(string owner, string name, int? to, string? ifMatch, CancellationToken cancellation)
    {
        using Held held = await HoldAsync(cancellation).ConfigureAwait(false);
        if (Find(owner, name) is not (var space, var stored))
            return null;
        Check(ifMatch, ControlLoop.ETagOf(stored));
        List<StoredRevision> revisions = RevisionsOf(stored);
        StoredRevision? target = to is { } number ? revisions.Find(revision => revision.Number == number) : revisions.FindLast(revision => revision.Number < stored.Wanted);
        if (target is null)
            return null;
        int next = Repeat(space, stored, stored.Definition.MadeAs(target.Definition), target, revisions);
        history.Add(ServiceRecord.KeyOf(owner, name), null, "undo", $"revision {next} is what {target.Number} was, as asked");
        return next;
    }

    /// <summary>Takes a service out; whether there was one.</summary>
    /// <param name="owner">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="ifMatch">Its version that is to go; null for any.</param>
    /// <param name="cancellation">Calls it off, as long as nothing is stored.</param>
    /// <exception cref="ConflictException">The service is of another version.</exception>
    public async Task<bool> DeleteAsync(string owner, string name, string? ifMatch, CancellationToken cancellation)
    {
        using Held held = await HoldAsync(cancellation).ConfigureAwait(false);
        if (Find(owner, name) is not (_, var stored))
            return false;
        Check(ifMatch, ControlLoop.ETagOf(stored));
        store.Change(change => change.RemoveService(stored.Id));
        control.Remove(stored.Id);
        history.Add(ServiceRecord.KeyOf(owner, name), null, "deleted", "wanted no more");
        return true;
    }

    /// <summary>All volumes that there are, and those that services want and no instance has needed yet.</summary>
    public IReadOnlyList<VolumeView> Volumes()
    {
        Dictionary<int, string> names = store.Namespaces().ToDictionary(space => space.Id, space => space.Name);
        return VolumeChecks.Views(volumes, [.. store.Services().Select(service => (names[service.Namespace], service.Definition))]);
    }

    /// <summary>Removes a volume and all that is in it; whether there was one.</summary>
    /// <exception cref="UaasException">A service has it, or an instance still.</exception>
    public async Task<bool> RemoveVolumeAsync(string owner, string service, string name, CancellationToken cancellation)
    {
        using Held held = await HoldAsync(cancellation).ConfigureAwait(false);
        if (Find(owner, service) is var (_, stored) && stored.Definition.Volumes.Any(volume => volume.Name == name))
            throw new UaasException(Failure.InUse, $"service {service} has the volume {name}", "take it out of uaas.yaml and apply that, or delete the service, first");
        if (!volumes.Remove(owner, service, name))
            return false;
        history.Add(ServiceRecord.KeyOf(owner, service), null, "volume-removed", $"volume {name}, as asked");
        return true;
    }

    /// <summary>Removes what a master that was killed left of content that it was packing, and content that nothing uses; sees to it that no image goes that is needed.</summary>
    public void Tidy()
    {
        ForgetContent();
        HoldImages();
    }

    /// <summary>A namespace as it is stored; null where there is none.</summary>
    public StoredNamespace? FindNamespace(string name) => store.Namespaces().FirstOrDefault(space => space.Name == name);

    /// <inheritdoc/>
    public void Dispose() => _oneAtATime.Dispose();

    /// <summary>The version of a namespace, as an ETag.</summary>
    public static string ETagOf(StoredNamespace space) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"n{space.Id}-{space.Version}\"");

    private async Task<Held> HoldAsync(CancellationToken cancellation)
    {
        await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        return new Held(this);
    }

    private (StoredNamespace Space, StoredService Stored)? Find(string owner, string name)
    {
        if (FindNamespace(owner) is not { } space)
            return null;
        StoredService? stored = store.Services().FirstOrDefault(service => service.Namespace == space.Id && service.Name == name);
        return stored is null ? null : (space, stored);
    }

    private void RequireRoom(string owner, IReadOnlyList<ServiceDefinition> wanted)
    {
        Dictionary<int, string> owners = store.Namespaces().ToDictionary(space => space.Id, space => space.Name);
        NodeRules.Require(wanted, [.. store.Services().Where(service => owners[service.Namespace] != owner)], owners, control.NodeMemory);
    }

    private static void Check(string? ifMatch, string? current)
    {
        if (ifMatch is not (null or "*") && ifMatch != current)
            throw new ConflictException($"it is at {current ?? "none"} now, not at {ifMatch}: look again, and decide anew");
    }

    /// <summary>Everything that can fail about a service, before anything is changed.</summary>
    private async Task<Prepared> PrepareAsync(string owner, ServiceDefinition definition, CancellationToken cancellation)
    {
        string key = "image";
        try
        {
            ResolvedImage image = await images.ResolveAsync(definition, cancellation).ConfigureAwait(false);
            key = "volumes";
            VolumeChecks.Require(volumes, owner, definition, image);
            key = "content";
            bool hasContent = definition.Content is not null || image.TakesNoContent;
            PackedContent? packed = hasContent ? await content.PackAsync(definition.Content, definition.Config, image.IndexesFilms, cancellation).ConfigureAwait(false) : null;
            KeptSettings? kept = settings.Keep(definition);
            string digest = ServiceDigest.OfRevision(definition, $"{image.Monitor}:{image.Digest}", packed?.Digest, kept?.Digest);
            return new Prepared(owner, definition, image, packed, VolumeChecks.Blocks(volumes, owner, definition, image), kept, digest);
        }
        catch (UaasException e)
        {
            // Of the command line it would be a slip; here it is an image that cannot be had.
            throw new UaasException(e.Failure == Failure.Usage ? Failure.Image : e.Failure, $"services.{definition.Name}.{key}: {e.Message}", e.Remedy, e);
        }
    }

    private ApplyResult Commit(Deployment deployment, List<Prepared> prepared, string? ifMatch)
    {
        StoredNamespace? former = FindNamespace(deployment.Namespace);
        Check(ifMatch, former is null ? null : ETagOf(former));
        Dictionary<string, StoredService> before = former is null ? [] : store.Services().Where(service => service.Namespace == former.Id).ToDictionary(service => service.Name);
        var result = new ApplyResult(deployment.Namespace, [], [], [], [], [.. prepared.SelectMany(one => one.Content?.Warnings ?? []), .. VolumeChecks.Warn(volumes, deployment)]);
        List<StoredService> gone = [.. before.Values.Where(service => prepared.All(one => one.Definition.Name != service.Name))];
        var set = new List<(StoredService Stored, StoredRevision? Revision)>();
        StoredNamespace space = former!;
        ILookup<int, StoredRevision> revisions = store.Revisions().ToLookup(revision => revision.Service);
        store.Change(change =>
        {
            space = change.Put(deployment.Namespace, deployment.Limits, deployment.Tls);
            foreach (Prepared one in prepared)
            {
                StoredService? known = before.GetValueOrDefault(one.Definition.Name);
                set.Add(Put(change, space, one, known, known is null ? [] : revisions[known.Id]));
            }
            foreach (StoredService service in gone)
                change.RemoveService(service.Id);
        });
        control.Set(space);
        foreach ((StoredService stored, StoredRevision? revision) in set)
            control.Set(space, stored, revision is null ? [] : [revision]);
        foreach (StoredService service in gone)
            control.Remove(service.Id);
        ForgetContent();
        return Describe(result, before, set, gone);
    }

    private static ApplyResult Describe(ApplyResult result, Dictionary<string, StoredService> before, List<(StoredService Stored, StoredRevision? Revision)> set, List<StoredService> gone) => result with
    {
        Created = [.. set.Where(one => !before.ContainsKey(one.Stored.Name)).Select(one => one.Stored.Name)],
        Updated = [.. set.Where(one => IsChanged(one.Stored, before)).Select(one => one.Stored.Name)],
        Unchanged = [.. set.Where(one => before.ContainsKey(one.Stored.Name) && !IsChanged(one.Stored, before)).Select(one => one.Stored.Name)],
        Deleted = [.. gone.Select(service => service.Name)],
    };

    private static bool IsChanged(StoredService stored, Dictionary<string, StoredService> before) =>
        before.TryGetValue(stored.Name, out StoredService? former) && (former.Wanted != stored.Wanted || ServiceDigest.Of(former.Definition) != ServiceDigest.Of(stored.Definition));

    private List<StoredRevision> RevisionsOf(StoredService stored) => [.. store.Revisions().Where(revision => revision.Service == stored.Id)];

    /// <summary>Makes a revision that is what another one is: its instances take the place of all that there are. Its number.</summary>
    private int Repeat(StoredNamespace space, StoredService stored, ServiceDefinition definition, StoredRevision what, List<StoredRevision> revisions)
    {
        int next = revisions.Max(revision => revision.Number) + 1;
        StoredRevision again = what with { Failure = null, Number = next, CreatedAt = clock.GetUtcNow(), Template = what.Template with { Id = TemplateId(stored.Id, next, what.Digest), Revision = next } };
        store.Change(change =>
        {
            stored = change.Put(space.Id, definition, next);
            change.Add(again);
            Forget(change, stored.Id, definition);
        });
        control.Set(space, stored, [again]);
        return next;
    }

    /// <summary>The revision before runs until the new one has taken over: it is remembered at least.</summary>
    private static void Forget(StoreChange change, int service, ServiceDefinition definition) => change.ForgetRevisions(service, Math.Max(2, definition.Rollout.History));

    /// <summary>Stores a service. What its instances are made of is a new revision where it differs from the revision that is wanted.</summary>
    private (StoredService Stored, StoredRevision? Revision) Put(StoreChange change, StoredNamespace space, Prepared one, StoredService? known, IEnumerable<StoredRevision> revisions)
    {
        StoredRevision? current = known is null ? null : revisions.FirstOrDefault(revision => revision.Number == known.Wanted);
        if (known is not null && current?.Digest == one.Digest)
            return (change.Put(space.Id, one.Definition, known.Wanted), null);
        int number = revisions.Select(revision => revision.Number).DefaultIfEmpty(0).Max() + 1;
        StoredService stored = change.Put(space.Id, one.Definition, number);
        var revision = new StoredRevision(stored.Id, number, one.Digest, one.Definition, one.Template(stored.Id, number), clock.GetUtcNow());
        change.Add(revision);
        Forget(change, stored.Id, one.Definition);
        return (stored, revision);
    }

    private void ForgetContent()
    {
        IReadOnlyList<StoredRevision> revisions = store.Revisions();
        content.KeepOnly(revisions.SelectMany(revision => revision.Template.Blocks).Select(block => block.Path).ToHashSet(StringComparer.Ordinal));
        settings.KeepOnly(revisions.Select(revision => revision.Template.Settings).OfType<string>().ToHashSet(StringComparer.Ordinal));
    }

    private static string TemplateId(int service, int number, string digest) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{service}-{number}-{digest[..12]}");

    /// <summary>What a revision that is remembered was made of stays too: the service may go back to it.</summary>
    private void HoldImages()
    {
        Dictionary<int, int> wanted = store.Services().ToDictionary(service => service.Id, service => service.Wanted);
        ILookup<bool, string> held = store.Revisions().Where(revision => revision.Template.StoredImage is not null)
            .ToLookup(revision => wanted.GetValueOrDefault(revision.Service) == revision.Number, revision => revision.Template.StoredImage!);
        try
        {
            images.Hold(held[true].ToHashSet(StringComparer.Ordinal), held[false].ToHashSet(StringComparer.Ordinal));
        }
        catch (Exception e) when (e is UaasException or IOException)
        {
            // What is wanted is wanted all the same; a start whose image is gone says so.
            history.Add(null, null, "images-not-held", e.Message);
        }
    }

    /// <summary>The one change of the time. However it ends, images that it looked at and that are not wanted are let go.</summary>
    private readonly record struct Held(Deployer Deployer) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                Deployer.HoldImages();
            }
            finally
            {
                Deployer._oneAtATime.Release();
            }
        }
    }

    private sealed record Prepared(string Owner, ServiceDefinition Definition, ResolvedImage Image, PackedContent? Content, IReadOnlyList<TemplateBlock> Volumes, KeptSettings? Settings, string Digest)
    {
        internal InstanceTemplate Template(int service, int number) => new()
        {
            Id = TemplateId(service, number, Digest),
            Service = ServiceRecord.KeyOf(Owner, Definition.Name),
            Revision = number,
            Monitor = Image.Monitor,
            Image = Image.Path,
            StoredImage = Image.StoredImage,
            MemoryMebibytes = Definition.Resources.MemoryMebibytes,
            CpuMillicores = Definition.Resources.CpuMillicores,
            Arguments = [.. Image.Arguments, .. LinkArguments(), .. Definition.Arguments],
            Links = [.. Definition.Links.Select(link => new TemplateLink(ServiceRecord.KeyOf(Owner, link.Service), link.TargetPort))],
            Blocks = (Content?.Path ?? Image.PackedContent) is { } path ? [new TemplateBlock(VolumeChecks.ContentDevice, path, ContentStore.SectorSize), .. Volumes] : Volumes,
            Settings = Settings?.Path,
            Egress = [.. Definition.Egress.Select(rule => rule.Port is { } port ? $"{rule.Network}:{port}" : rule.Network)],
            ProbePort = Definition.Ports.Http ?? Definition.Ports.Tcp.Select(port => port.Port).FirstOrDefault(),
            ProbePath = Definition.Health.Path,
            ProbesAnswer = !Image.IsOurs && Definition.Ports.Http is not null,
            ReadyWithinMilliseconds = (int)Definition.Health.Deadline.TotalMilliseconds,
        };

        /// <summary>A guest of ours is told its links; one of others' asks for services by name.</summary>
        private IEnumerable<string> LinkArguments() => Definition.Links.Count == 0 || !Image.IsOurs ? []
            : ["link=" + string.Join(',', Definition.Links.Select(link => $"{link.Port}:{link.Service}:{link.TargetPort}"))];
    }
}
