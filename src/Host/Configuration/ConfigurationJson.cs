// SPDX-License-Identifier: Apache-2.0

using System.Text.Json.Serialization;

namespace Uaas.Configuration;

/// <summary>The JSON form of deployments, for the API and the store; without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Deployment))]
[JsonSerializable(typeof(ServiceDefinition))]
[JsonSerializable(typeof(ConfigurationError[]))]
public sealed partial class ConfigurationJson : JsonSerializerContext;
