// SPDX-License-Identifier: Apache-2.0

using System.Text.Json.Serialization;
using Uaas.Configuration;
using Uaas.Protocol.Agent;

namespace Uaas.Master.Storage;

/// <summary>The JSON form of what is stored beside service definitions; without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NamespaceLimits))]
[JsonSerializable(typeof(InstanceTemplate))]
[JsonSerializable(typeof(TlsSettings))]
internal sealed partial class StoreJson : JsonSerializerContext;
