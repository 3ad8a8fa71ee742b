// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Uaas.Protocol.Agent;

/// <summary>
/// What the agent tells the master. After a connection is made it tells all that there is: <see cref="Hello"/>, the templates, the instances, the links,
/// <see cref="Synced"/>; what follows is change.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Known), "known")]
[JsonDerivedType(typeof(Running), "running")]
[JsonDerivedType(typeof(LinkReady), "link")]
[JsonDerivedType(typeof(Synced), "synced")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(Booted), "booted")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Ended), "ended")]
[JsonDerivedType(typeof(Refused), "refused")]
[JsonDerivedType(typeof(Costs), "costs")]
[JsonDerivedType(typeof(Printed), "printed")]
[JsonDerivedType(typeof(Described), "described")]
public abstract record AgentEvent
{
    private AgentEvent()
    {
    }

    /// <summary>The first of a connection.</summary>
    /// <param name="Version">Of this protocol.</param>
    /// <param name="Run">Tells one run of the agent from another.</param>
    /// <param name="MemoryBytes">The machine's memory.</param>
    /// <param name="Processors">The machine's processors.</param>
    public sealed record Hello(int Version, string Run, long MemoryBytes, int Processors) : AgentEvent;

    /// <summary>A template that the agent has.</summary>
    /// <param name="Template">Its name.</param>
    public sealed record Known(string Template) : AgentEvent;

    /// <summary>An instance that runs.</summary>
    /// <param name="Instance">Its name.</param>
    /// <param name="Number">The number that the master gave it.</param>
    /// <param name="Template">What it is made of.</param>
    /// <param name="Service">Its service.</param>
    /// <param name="Revision">Its revision.</param>
    /// <param name="Address">Its address.</param>
    /// <param name="IsReady">Whether it has answered.</param>
    /// <param name="StartedAt">When it was started.</param>
    public sealed record Running(string Instance, long Number, string Template, string Service, int Revision, string Address, bool IsReady, DateTimeOffset StartedAt) : AgentEvent;

    /// <summary>A link that an instance can be started on. A connection to its address can be begun before that: it waits there.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="Address">The address that the instance will have.</param>
    public sealed record LinkReady(int Number, string Address) : AgentEvent;

    /// <summary>All that there is has been told.</summary>
    public sealed record Synced : AgentEvent;

    /// <summary>An instance's process runs.</summary>
    /// <param name="Instance">Its name.</param>
    /// <param name="SpawnMicroseconds">How long the start of the process took.</param>
    public sealed record Started(string Instance, long SpawnMicroseconds) : AgentEvent;

    /// <summary>A guest says on its console that it has booted. Only of starts that asked for it.</summary>
    /// <param name="Instance">Its name.</param>
    /// <param name="Time">When it said so.</param>
    public sealed record Booted(string Instance, DateTimeOffset Time) : AgentEvent;

    /// <summary>An instance answers.</summary>
    /// <param name="Instance">Its name.</param>
    /// <param name="AfterMicroseconds">How long after its start that was found.</param>
    public sealed record Ready(string Instance, long AfterMicroseconds) : AgentEvent;

    /// <summary>An instance has ended.</summary>
    /// <param name="Instance">Its name.</param>
    /// <param name="AsTold">Whether it was told to, or powered off.</param>
    /// <param name="Meaning">How it ended, in words.</param>
    /// <param name="LastLines">The last lines of its console.</param>
    public sealed record Ended(string Instance, bool AsTold, string Meaning, IReadOnlyList<string> LastLines) : AgentEvent;

    /// <summary>An instance could not be started.</summary>
    /// <param name="Instance">Its name.</param>
    /// <param name="Message">Why.</param>
    /// <param name="Remedy">What to do about it; null where the message says it all.</param>
    public sealed record Refused(string Instance, string Message, string? Remedy) : AgentEvent;

    /// <summary>What instances cost.</summary>
    /// <param name="Instances">Each instance.</param>
    public sealed record Costs(IReadOnlyList<InstanceCost> Instances) : AgentEvent;

    /// <summary>A line that an instance printed.</summary>
    /// <param name="Instance">Its name.</param>
    /// <param name="Service">Its service.</param>
    /// <param name="Time">When.</param>
    /// <param name="Text">The line.</param>
    public sealed record Printed(string Instance, string Service, DateTimeOffset Time, string Text) : AgentEvent;

    /// <summary>What an instance is, as asked.</summary>
    /// <param name="Question">Which question this answers.</param>
    /// <param name="Monitor">What runs it: the monitor's program, as the kernel knows it, and its process on the node; null where there is no such instance.</param>
    /// <param name="Kernel">What was booted.</param>
    /// <param name="Devices">The devices that it has.</param>
    /// <param name="BootLine">What it said of its boot; null for nothing.</param>
    /// <param name="LastLines">The last lines of its console.</param>
    public sealed record Described(long Question, string? Monitor, string? Kernel, IReadOnlyList<string> Devices, string? BootLine, IReadOnlyList<string> LastLines) : AgentEvent;
}

/// <summary>What an instance costs.</summary>
/// <param name="Instance">Its name.</param>
/// <param name="ResidentBytes">Memory in use, shared pages counted in proportion.</param>
/// <param name="ProcessorMilliseconds">Processor time so far.</param>
public sealed record InstanceCost(string Instance, long ResidentBytes, double ProcessorMilliseconds);
