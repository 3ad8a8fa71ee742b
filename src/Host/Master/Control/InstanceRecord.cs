// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using Uaas.Master.Fronts;
using Uaas.Master.Tracing;
using Uaas.Scheduling;

namespace Uaas.Master.Control;

/// <summary>An instance as the control loop has it, beside what the scheduler knows.</summary>
/// <param name="id">Its number.</param>
/// <param name="name">Its name.</param>
/// <param name="service">Its service.</param>
/// <param name="revision">The number of its revision.</param>
/// <param name="createdAt">When it was placed.</param>
internal sealed class InstanceRecord(InstanceId id, string name, ServiceRecord service, int revision, DateTimeOffset createdAt)
{
    internal InstanceId Id { get; } = id;

    internal string Name { get; } = name;

    internal ServiceRecord Service { get; } = service;

    internal int Revision { get; } = revision;

    internal DateTimeOffset CreatedAt { get; } = createdAt;

    /// <summary>The link that it was started on; null before, and after its end.</summary>
    internal int? Link { get; set; }

    /// <summary>Where it serves; null before it has a link.</summary>
    internal IPEndPoint? Address { get; set; }

    /// <summary>The trace of the request that it was started for; null where that is not traced, and when all of the start is told.</summary>
    internal StartTrace? Trace { get; set; }

    /// <summary>Why it was started, for a person.</summary>
    internal string Reason { get; init; } = "";

    /// <summary>Whether all fronts were told of it.</summary>
    internal bool IsAnnounced { get; set; }

    /// <summary>Whether a front was told of it.</summary>
    internal bool IsGiven { get; set; }

    /// <summary>Whether it may ask fronts for names: those of its service's links, or of the outside.</summary>
    internal bool IsAsker => Service.Definition.Links.Count > 0 || Service.Definition.Egress.Count > 0;

    /// <summary>Requests of each front that it is answering.</summary>
    internal Dictionary<FrontSession, int> Active { get; } = [];

    /// <summary>Fronts that have not said yet that they have nothing of it left; null where it is not draining.</summary>
    internal HashSet<FrontSession>? Undrained { get; set; }

    /// <summary>From its start to its first answer, in microseconds; null before.</summary>
    internal long? ReadyAfterMicroseconds { get; set; }

    /// <summary>Memory in use in bytes, when last asked; null before.</summary>
    internal long? ResidentBytes { get; set; }

    /// <summary>Processor time in milliseconds, when last asked; null before.</summary>
    internal double? ProcessorMilliseconds { get; set; }

    /// <summary>How it ended, in words; null before.</summary>
    internal string? Ending { get; set; }

    /// <summary>Requests it is answering, over all fronts.</summary>
    internal int Answering => Active.Values.Sum();
}
