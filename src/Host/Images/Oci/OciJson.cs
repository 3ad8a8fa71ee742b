// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Uaas.Host.Images.Oci;

/// <summary>OCI image specification, "Content descriptors".</summary>
internal sealed record DescriptorJson(string? MediaType, string? Digest, long Size, SortedDictionary<string, string>? Annotations = null);

/// <summary>OCI image specification, "Image manifest".</summary>
internal sealed record ManifestJson(int SchemaVersion, string? MediaType, DescriptorJson? Config, IReadOnlyList<DescriptorJson>? Layers);

/// <summary>OCI image specification, "Image index".</summary>
internal sealed record IndexJson(int SchemaVersion, string? MediaType, IReadOnlyList<DescriptorJson>? Manifests);

/// <summary>OCI image specification, "Image layout": the file oci-layout.</summary>
internal sealed record LayoutJson([property: JsonPropertyName("imageLayoutVersion")] string? Version);

/// <summary>
/// OCI image specification, "Image configuration", with a member of ours beside those of the specification, which other tools pass over.
/// </summary>
internal sealed record ConfigurationJson(
    string? Created, string? Architecture, [property: JsonPropertyName("os")] string? OperatingSystem, ExecutionJson? Config, RootFilesJson? Rootfs, ServiceJson? Uaas);

/// <summary>The configuration's execution parameters; names in capitals are the specification's.</summary>
internal sealed record ExecutionJson(
    [property: JsonPropertyName("ExposedPorts")] SortedDictionary<string, EmptyJson>? ExposedPorts,
    [property: JsonPropertyName("Labels")] SortedDictionary<string, string>? Labels);

/// <summary>The configuration's list of layers.</summary>
internal sealed record RootFilesJson(string Type, [property: JsonPropertyName("diff_ids")] IReadOnlyList<string> Layers);

/// <summary>An object without members.</summary>
internal sealed record EmptyJson;

/// <summary>What the configuration says to us.</summary>
internal sealed record ServiceJson(
    int Version, string? Service, int Memory, IReadOnlyList<string>? Networks, IReadOnlyList<string>? Blocks, IReadOnlyList<PortJson>? Ports,
    IReadOnlyList<string>? Arguments);

/// <summary>A TCP port beside HTTP.</summary>
internal sealed record PortJson(string? Scheme, int Port);

/// <summary>JSON without reflection; members in the order in which they are declared, so that equal images are equal bytes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ManifestJson))]
[JsonSerializable(typeof(IndexJson))]
[JsonSerializable(typeof(LayoutJson))]
[JsonSerializable(typeof(ConfigurationJson))]
internal sealed partial class OciJson : JsonSerializerContext;
