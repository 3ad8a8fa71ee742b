// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

namespace Uaas.Master.Control;

/// <summary>An instance as people and programs are shown it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">The namespace of its service.</param>
/// <param name="Service">Its service.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="State">pending, starting, running, draining, stopping, ended or failed.</param>
/// <param name="Address">Where it serves; null before it has a link.</param>
/// <param name="Vmm">Its monitor.</param>
/// <param name="StartedAt">When it was placed.</param>
/// <param name="Requests">Requests that it is answering.</param>
/// <param name="ReadyAfterMs">From its start, or from the request that it was started for, to its first answer; null before.</param>
/// <param name="MemoryBytes">Memory in use, when last measured.</param>
/// <param name="CpuMs">Processor time, when last measured.</param>
/// <param name="Reason">Why it was started, or how it ended.</param>
public sealed record InstanceView(string Name, string Namespace, string Service, int Revision, string State, string? Address, string Vmm, DateTimeOffset StartedAt, int Requests,
    double? ReadyAfterMs, long? MemoryBytes, double? CpuMs, string? Reason);

/// <summary>What shows that an instance is a booted guest. What the agent did not say in time is missing.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Monitor">What runs it: the monitor's program, as the kernel knows it, its process on the node and its memory.</param>
/// <param name="Kernel">What was booted.</param>
/// <param name="Devices">The devices that it has.</param>
/// <param name="BootLine">What it said of its boot.</param>
/// <param name="Console">The last lines of its console.</param>
public sealed record InstanceDetail(InstanceView Instance, string? Monitor, string? Kernel, IReadOnlyList<string> Devices, string? BootLine, IReadOnlyList<string> Console);

/// <summary>A service as people and programs are shown it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="State">idle, running, starting, rolling, crash-loop.</param>
/// <param name="Image">What it runs.</param>
/// <param name="Routes">Its routes, as host and path.</param>
/// <param name="Revision">The revision that is run.</param>
/// <param name="Wanted">The revision that is wanted.</param>
/// <param name="Desired">Instances that are needed.</param>
/// <param name="Ready">Instances that answer.</param>
/// <param name="Starting">Instances that come up.</param>
/// <param name="Leaving">Instances that are to go.</param>
/// <param name="Min">Least instances.</param>
/// <param name="Max">Most instances.</param>
/// <param name="Waiting">Requests that wait for an instance.</param>
/// <param name="Concurrency">Mean of the requests at a time.</param>
/// <param name="Requests">Requests ended since the master began.</param>
/// <param name="Etag">Its version: give it with If-Match to change just this one.</param>
/// <param name="LastFailure">How an instance of it ended last that was not told to.</param>
/// <param name="Shortage">Why there are fewer instances than needed: no room on the node, or a limit; null where there are enough.</param>
/// <param name="Revisions">Its revisions.</param>
public sealed record ServiceView(string Name, string Namespace, string State, string Image, IReadOnlyList<string> Routes, int Revision, int Wanted, int Desired, int Ready, int Starting, int Leaving,
    int Min, int Max, int Waiting, double Concurrency, long Requests, string Etag, FailureView? LastFailure, string? Shortage, IReadOnlyList<RevisionView> Revisions);

/// <summary>What has been counted of a service since the master began.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Failures">Instances that ended on their own or did not start.</param>
/// <param name="Statistics">What became of its requests.</param>
internal sealed record ServiceCounters(string Namespace, string Name, long Failures, Protocol.Front.RequestStatistics Statistics);

/// <summary>A revision as people and programs are shown it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="State">progressing, complete, superseded, failed; past where the master was restarted since.</param>
/// <param name="CreatedAt">When it was first wanted.</param>
/// <param name="Image">What it runs.</param>
/// <param name="Reason">Why it failed.</param>
public sealed record RevisionView(int Number, string State, DateTimeOffset CreatedAt, string Image, string? Reason);

/// <summary>How an instance ended that was not told to.</summary>
/// <param name="Time">When.</param>
/// <param name="Instance">Which.</param>
/// <param name="Message">How.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="Console">The last lines of its console.</param>
public sealed record FailureView(DateTimeOffset Time, string Instance, string Message, string? Remedy, IReadOnlyList<string> Console);
