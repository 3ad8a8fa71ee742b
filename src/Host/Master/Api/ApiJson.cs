// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Uaas.Configuration;
using Uaas.Master.Control;
using Uaas.Master.Deploying;
using Uaas.Master.Storage;

namespace Uaas.Master.Api;

/// <summary>Other bounds for a service's instances; null leaves one as it is.</summary>
/// <param name="Min">Least instances.</param>
/// <param name="Max">Most instances.</param>
public sealed record ScaleRequest(int? Min, int? Max);

/// <summary>The revision to go back to.</summary>
/// <param name="To">Its number; null for the one before.</param>
public sealed record UndoRequest(int? To);

/// <summary>A revision that is wanted now.</summary>
/// <param name="Revision">Its number.</param>
public sealed record RevisionResult(int Revision);

/// <summary>A token to make.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Role">What it allows.</param>
/// <param name="Namespace">The namespace that it is for alone; null for all.</param>
public sealed record TokenRequest(string Name, Role Role, string? Namespace = null);

/// <summary>A token that was made. It is shown this once.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Role">What it allows.</param>
/// <param name="Token">The token.</param>
public sealed record TokenResult(string Name, Role Role, string Token);

/// <summary>A line of a console.</summary>
/// <param name="Time">When, as in ISO 8601.</param>
/// <param name="Instance">Which instance printed it.</param>
/// <param name="Text">The line.</param>
public sealed record LogLine(string Time, string Instance, string Text);

/// <summary>How the master fares.</summary>
/// <param name="Status">ok.</param>
/// <param name="Version">Its version.</param>
/// <param name="Url">Where the front serves; null where none does.</param>
/// <param name="Node">Whether the node agent is there and has told all that it has.</param>
public sealed record Health(string Status, string Version, string? Url, bool Node);

/// <summary>The JSON form of the API; without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Deployment))]
[JsonSerializable(typeof(ApplyResult))]
[JsonSerializable(typeof(IReadOnlyList<ServiceView>))]
[JsonSerializable(typeof(IReadOnlyList<InstanceView>))]
[JsonSerializable(typeof(IReadOnlyList<StoredEvent>))]
[JsonSerializable(typeof(IReadOnlyList<StoredToken>))]
[JsonSerializable(typeof(IReadOnlyList<LogLine>))]
[JsonSerializable(typeof(InstanceDetail))]
[JsonSerializable(typeof(StoredEvent))]
[JsonSerializable(typeof(LogLine))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(long?))]
[JsonSerializable(typeof(bool?))]
[JsonSerializable(typeof(ScaleRequest))]
[JsonSerializable(typeof(UndoRequest))]
[JsonSerializable(typeof(RevisionResult))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenResult))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(VolumeView))]
[JsonSerializable(typeof(IReadOnlyList<VolumeView>))]
[JsonSerializable(typeof(ProblemDetails))]
public sealed partial class ApiJson : JsonSerializerContext;
