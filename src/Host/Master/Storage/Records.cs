// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Configuration;
using Uaas.Protocol.Agent;

namespace Uaas.Master.Storage;

/// <summary>A namespace as it is stored.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Limits">What its services may take together.</param>
/// <param name="Version">Grows with each change: its ETag.</param>
/// <param name="Tls">How its services are reached over HTTPS.</param>
public sealed record StoredNamespace(int Id, string Name, NamespaceLimits Limits, long Version, TlsSettings Tls);

/// <summary>A service as it is stored.</summary>
/// <param name="Id">Its number; not used again.</param>
/// <param name="Namespace">Number of its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Definition">What its owner wants.</param>
/// <param name="Wanted">Number of the revision that is wanted.</param>
/// <param name="Version">Grows with each change: its ETag.</param>
public sealed record StoredService(int Id, int Namespace, string Name, ServiceDefinition Definition, int Wanted, long Version);

/// <summary>A revision as it is stored.</summary>
/// <param name="Service">Number of its service.</param>
/// <param name="Number">Its number within the service.</param>
/// <param name="Digest">Digest of what its instances are made of.</param>
/// <param name="Definition">What was wanted then.</param>
/// <param name="Template">What its instances are started from.</param>
/// <param name="CreatedAt">When it was first wanted.</param>
/// <param name="Failure">Why it was given up; null where it was not.</param>
public sealed record StoredRevision(int Service, int Number, string Digest, ServiceDefinition Definition, InstanceTemplate Template, DateTimeOffset CreatedAt, string? Failure = null);

/// <summary>Something that happened.</summary>
/// <param name="Id">Its number; later events have greater ones.</param>
/// <param name="Time">When.</param>
/// <param name="Service">The service, by the name it has on the node; null for the master itself.</param>
/// <param name="Instance">The instance; null for the service.</param>
/// <param name="Kind">What kind of thing, in one word.</param>
/// <param name="Message">What, for a person.</param>
public sealed record StoredEvent(long Id, DateTimeOffset Time, string? Service, string? Instance, string Kind, string Message);

/// <summary>What a token allows.</summary>
public enum Role
{
    /// <summary>To look.</summary>
    Read,

    /// <summary>To change what is wanted too.</summary>
    Deploy,

    /// <summary>To hand out tokens too.</summary>
    Admin,
}

/// <summary>A token as it is stored: its hash, never itself.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Role">What it allows.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Namespace">The namespace that it is for alone; null for all of them.</param>
public sealed record StoredToken(long Id, string Name, Role Role, DateTimeOffset CreatedAt, string? Namespace);

/// <summary>The answer to a request that had an idempotency key.</summary>
/// <param name="RequestHash">Tells another request with the same key.</param>
/// <param name="Status">The status that was answered.</param>
/// <param name="Body">The body that was answered.</param>
/// <param name="ETag">The version that was answered; null where there was none.</param>
public sealed record StoredAnswer(string RequestHash, int Status, string Body, string? ETag);
