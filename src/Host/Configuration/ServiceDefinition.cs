// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

namespace Uaas.Configuration;

/// <summary>A monitor that runs instances, or the choice of one.</summary>
public enum VmmChoice
{
    /// <summary>The best that works on the node.</summary>
    Auto,

    /// <summary>A process in a seccomp sandbox, by our tender.</summary>
    Spt,

    /// <summary>A virtual machine on KVM, by our tender.</summary>
    Hvt,

    /// <summary>QEMU, with KVM where it works.</summary>
    Qemu,

    /// <summary>QEMU with KVM.</summary>
    QemuKvm,

    /// <summary>QEMU by translation.</summary>
    QemuTcg,
}

/// <summary>A service as its owner wants it: checked, complete with defaults, immutable.</summary>
public sealed record ServiceDefinition
{
    /// <summary>Its name: a DNS label (RFC 1123, section 2.1), unique in its namespace.</summary>
    public required string Name { get; init; }

    /// <summary>What its instances run.</summary>
    public required ImageSource Image { get; init; }

    /// <summary>Absolute path of the directory whose content it serves; null for none.</summary>
    public string? Content { get; init; }

    /// <summary>Absolute path of the configuration that is packed with the content (such as a site's rules); null for none.</summary>
    public string? Config { get; init; }

    /// <summary>Which requests are its own. None: it is reached by links alone.</summary>
    public IReadOnlyList<Route> Routes { get; init; } = [];

    /// <summary>The ports of its instances.</summary>
    public ServicePorts Ports { get; init; } = new();

    /// <summary>Its environment, by name. Does not travel on a command line.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = EmptyTexts;

    /// <summary>Its secrets: the absolute path of each one's file, by name. Their values are read when an instance starts.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = EmptyTexts;

    /// <summary>Further words of the guest's command line, each <c>key</c> or <c>key=value</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Which services it reaches at its own 127.0.0.1.</summary>
    public IReadOnlyList<ServiceLink> Links { get; init; } = [];

    /// <summary>Where it may connect to outside. None: nowhere.</summary>
    public IReadOnlyList<EgressRule> Egress { get; init; } = [];

    /// <summary>Writable devices that outlive its instances.</summary>
    public IReadOnlyList<VolumeDefinition> Volumes { get; init; } = [];

    /// <summary>How many instances there are, and when.</summary>
    public ScaleSettings Scale { get; init; } = new();

    /// <summary>What each instance gets.</summary>
    public ResourceSettings Resources { get; init; } = new();

    /// <summary>When an instance counts as ready.</summary>
    public HealthSettings Health { get; init; } = new();

    /// <summary>The monitor that runs it.</summary>
    public VmmChoice Vmm { get; init; }

    /// <summary>What happens when an instance ends on its own.</summary>
    public RestartSettings Restart { get; init; } = new();

    /// <summary>How a new revision takes the place of the old one.</summary>
    public RolloutSettings Rollout { get; init; } = new();

    /// <summary>How long requests wait for an instance, and how many.</summary>
    public QueueSettings Queue { get; init; } = new();

    /// <summary>How long an instance that is to go may go on answering what it has begun. Scaling down never cuts an answer short, however long.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// This service with instances as another of its revisions has them. What takes effect without a new instance (<see cref="ServiceDigest.OfRevision"/>) stays as it is: another
    /// service may have the former routes and ports by now. Where the former instances cannot have it, theirs is taken: one instance at most with a volume, no route without HTTP.
    /// </summary>
    /// <param name="former">The service when it had that revision.</param>
    public ServiceDefinition MadeAs(ServiceDefinition former)
    {
        bool takesTheirs = former.Volumes.Count > 0 && Volumes.Count == 0;
        return former with
        {
            Routes = former.Ports.Http is null ? [] : Routes,
            Ports = Ports with { Http = former.Ports.Http },
            Scale = takesTheirs ? former.Scale : Scale,
            Rollout = takesTheirs ? former.Rollout : Rollout,
            Health = former.Health.Path is null || Health.Path is null ? former.Health : former.Health with { Interval = Health.Interval, Failures = Health.Failures },
            Restart = Restart,
            Queue = Queue,
            Drain = Drain,
        };
    }

    private static IReadOnlyDictionary<string, string> EmptyTexts { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);
}
