// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Linux;

/// <summary>What kind of thing went wrong, in the terms of the person who asked for it. The command turns each into its exit code.</summary>
public enum Failure
{
    /// <summary>What was asked for makes no sense.</summary>
    Usage,

    /// <summary>The content to serve is missing, unreadable or cannot be packed.</summary>
    Content,

    /// <summary>The address to listen on is taken or not allowed.</summary>
    Port,

    /// <summary>The kernel refuses a namespace, a tap or another thing that needs privilege.</summary>
    Privilege,

    /// <summary>The monitor asked for does not work on this machine.</summary>
    Monitor,

    /// <summary>A file that the build makes is missing: an image or a tender.</summary>
    NotBuilt,

    /// <summary>An instance ended, or did not answer, before it was ready.</summary>
    Boot,

    /// <summary>The machine has less memory than was asked for.</summary>
    Memory,

    /// <summary>The disk is full.</summary>
    Disk,

    /// <summary>Every instance ended while serving.</summary>
    Lost,

    /// <summary>The node itself was killed.</summary>
    NodeKilled,

    /// <summary>What was served is not what is on disk.</summary>
    Different,

    /// <summary>An image is missing, damaged, or not one that can be run.</summary>
    Image,

    /// <summary>A registry cannot be reached, or refuses.</summary>
    Registry,

    /// <summary>The person called it off.</summary>
    Interrupted,

    /// <summary>A configuration is wrong.</summary>
    Configuration,

    /// <summary>No daemon answers, or it answers what it should not.</summary>
    Daemon,

    /// <summary>There is nothing of that name.</summary>
    NotFound,

    /// <summary>It has changed since it was last looked at.</summary>
    Conflict,

    /// <summary>Somebody else uses it.</summary>
    InUse,
}

/// <summary>A failure that a person can act on: what happened, and what to do about it.</summary>
/// <param name="failure">Its kind.</param>
/// <param name="message">What happened, naming the thing.</param>
/// <param name="remedy">What to do, or null when the message says it all.</param>
/// <param name="inner">What it came from, if anything.</param>
public sealed class UaasException(Failure failure, string message, string? remedy = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public Failure Failure { get; } = failure;

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; } = remedy;
}
