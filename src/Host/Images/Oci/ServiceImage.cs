// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Uaas.Linux;

namespace Uaas.Host.Images.Oci;

/// <summary>A TCP port that a service serves beside HTTP.</summary>
/// <param name="Scheme">Scheme of its addresses.</param>
/// <param name="Port">The port.</param>
public readonly record struct ImagePort(string Scheme, int Port);

/// <summary>What an image's configuration says.</summary>
public sealed record ImageConfiguration
{
    /// <summary>Name of the service.</summary>
    public required string Service { get; init; }

    /// <summary>Memory of an instance in MiB.</summary>
    public required int MemoryMebibytes { get; init; }

    /// <summary>Names of the guest's network devices.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    /// <summary>Names of the guest's block devices.</summary>
    public IReadOnlyList<string> Blocks { get; init; } = [];

    /// <summary>What it serves beside HTTP.</summary>
    public IReadOnlyList<ImagePort> Ports { get; init; } = [];

    /// <summary>Boot arguments that each instance gets.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}

/// <summary>An image: its manifest and configuration, read and checked. Whether its layers are there, and are what they should be, is another matter.</summary>
public sealed class ServiceImage
{
    private const int MaxLayers = 64;
    private const int MaxItems = 64;
    private const int MaxItemLength = 4096;
    private const int HighestPort = 65535;
    private const int MaxMemoryMebibytes = 1 << 20;
    private const int FormatVersion = 1;

    private ServiceImage(Descriptor manifest, Descriptor configurationBlob, IReadOnlyList<Descriptor> layers, ImageConfiguration configuration)
    {
        Manifest = manifest;
        ConfigurationBlob = configurationBlob;
        Layers = layers;
        Configuration = configuration;
    }

    /// <summary>The manifest; its digest is the image's.</summary>
    public Descriptor Manifest { get; }

    /// <summary>The configuration's bytes.</summary>
    public Descriptor ConfigurationBlob { get; }

    /// <summary>Kernels and content.</summary>
    public IReadOnlyList<Descriptor> Layers { get; }

    /// <summary>What the configuration says.</summary>
    public ImageConfiguration Configuration { get; }

    /// <summary>The kinds of kernels in it.</summary>
    public IEnumerable<string> Kinds => Layers.Select(layer => OciMediaTypes.KernelKind(layer.MediaType)).OfType<string>();

    /// <summary>The content; null for none.</summary>
    public Descriptor? Content => Layers.FirstOrDefault(layer => layer.MediaType == OciMediaTypes.Content);

    /// <summary>Bytes of all its parts.</summary>
    public long Size => Manifest.Size + ConfigurationBlob.Size + Layers.Sum(layer => layer.Size);

    /// <summary>The kernel of a kind; null for none.</summary>
    public Descriptor? Kernel(string kind) => Layers.FirstOrDefault(layer => OciMediaTypes.KernelKind(layer.MediaType) == kind);

    /// <summary>The parts that a manifest names: the configuration first, then the layers.</summary>
    /// <exception cref="UaasException">It is not the manifest of an image.</exception>
    internal static IReadOnlyList<Descriptor> ReadManifest(ReadOnlySpan<byte> bytes)
    {
        ManifestJson json = Deserialize(bytes, OciJson.Default.ManifestJson, "manifest");
        if (json is not { SchemaVersion: 2, MediaType: null or OciMediaTypes.Manifest, Layers: { Count: > 0 and <= MaxLayers } layers })
            throw Bad("manifest", "it is not the manifest of an OCI image");
        var parts = new List<Descriptor> { Descriptor.From(json.Config, Descriptor.MaxDocumentSize) ?? throw Bad("manifest", "its configuration's descriptor is wrong") };
        foreach (DescriptorJson layer in layers)
            parts.Add(Descriptor.From(layer, Descriptor.MaxSize) ?? throw Bad("manifest", $"the descriptor of layer {parts.Count} is wrong"));
        return parts;
    }

    /// <summary>Reads an image whose documents' digests have been verified.</summary>
    /// <exception cref="UaasException">It is none of ours.</exception>
    internal static ServiceImage Read(Descriptor manifest, ReadOnlySpan<byte> manifestBytes, ReadOnlySpan<byte> configurationBytes)
    {
        IReadOnlyList<Descriptor> parts = ReadManifest(manifestBytes);
        Descriptor[] layers = [.. parts.Skip(1)];
        ImageConfiguration configuration = ReadConfiguration(configurationBytes);
        if (!layers.Any(layer => OciMediaTypes.KernelKind(layer.MediaType) is not null))
            throw Bad("manifest", "there is no kernel in it");
        if (layers.Where(layer => layer.Title != "layer").GroupBy(layer => layer.MediaType).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw Bad("manifest", $"it has more than one {twice.First().Title}");
        return new ServiceImage(manifest, parts[0], layers, configuration);
    }

    /// <summary>The bytes of the documents of an image made of such layers, which are put in the order of their types.</summary>
    internal static (byte[] Manifest, byte[] Configuration) Write(ImageConfiguration configuration, IEnumerable<Descriptor> layers)
    {
        Descriptor[] ordered = [.. layers.OrderBy(layer => layer.MediaType, StringComparer.Ordinal)];
        var ports = new SortedDictionary<string, EmptyJson>(StringComparer.Ordinal) { ["80/tcp"] = new() };
        foreach (ImagePort port in configuration.Ports)
            ports[$"{port.Port}/tcp"] = new();
        var json = new ConfigurationJson(null, "amd64", "uaas",
            new ExecutionJson(ports, new(StringComparer.Ordinal) { ["org.opencontainers.image.title"] = configuration.Service }),
            new RootFilesJson("layers", [.. ordered.Select(layer => layer.Digest.ToString())]),
            new ServiceJson(FormatVersion, configuration.Service, configuration.MemoryMebibytes, configuration.Networks, configuration.Blocks,
                [.. configuration.Ports.Select(port => new PortJson(port.Scheme, port.Port))], configuration.Arguments));
        byte[] configurationBytes = JsonSerializer.SerializeToUtf8Bytes(json, OciJson.Default.ConfigurationJson);
        var manifest = new ManifestJson(2, OciMediaTypes.Manifest, Descriptor.Of(OciMediaTypes.Configuration, configurationBytes).ToJson(),
            [.. ordered.Select(layer => layer.ToJson())]);
        return (JsonSerializer.SerializeToUtf8Bytes(manifest, OciJson.Default.ManifestJson), configurationBytes);
    }

    private static ImageConfiguration ReadConfiguration(ReadOnlySpan<byte> bytes)
    {
        ConfigurationJson json = Deserialize(bytes, OciJson.Default.ConfigurationJson, "configuration");
        if (json.Uaas is not { } service)
            throw Bad("configuration", "it is an image for something else than uaas");
        if (service.Version != FormatVersion)
            throw Bad("configuration", $"it is of version {service.Version}, and this uaas reads version {FormatVersion}");
        if (service.Service is not { Length: > 0 and <= 64 } name || !name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_'))
            throw Bad("configuration", "the service's name is missing or has other characters than letters, digits and - . _");
        if (service.Memory is < 1 or > MaxMemoryMebibytes)
            throw Bad("configuration", $"{service.Memory} MiB of memory make no sense");
        return new ImageConfiguration
        {
            Service = name,
            MemoryMebibytes = service.Memory,
            Networks = CheckWords(service.Networks, "networks"),
            Blocks = CheckWords(service.Blocks, "blocks"),
            Arguments = CheckWords(service.Arguments, "arguments"),
            Ports = CheckPorts(service.Ports),
        };
    }

    private static IReadOnlyList<string> CheckWords(IReadOnlyList<string>? words, string name)
    {
        if (words is null)
            return [];
        bool good = words.Count <= MaxItems && words.All(word => word is { Length: > 0 and <= MaxItemLength } && word.All(character => character is > ' ' and <= '~'));
        return good ? words : throw Bad("configuration", $"{name}: more than {MaxItems}, or one that is not a word of printable ASCII");
    }

    private static IReadOnlyList<ImagePort> CheckPorts(IReadOnlyList<PortJson>? ports)
    {
        if (ports is null)
            return [];
        bool good = ports.Count <= MaxItems
            && ports.All(port => port is { Scheme.Length: > 0 and <= 16, Port: > 0 and <= HighestPort } && port.Scheme.All(char.IsAsciiLetterLower));
        return good ? [.. ports.Select(port => new ImagePort(port.Scheme!, port.Port))] : throw Bad("configuration", "ports: one of them is none");
    }

    private static T Deserialize<T>(ReadOnlySpan<byte> bytes, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, string what)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type) ?? throw Bad(what, "it is empty");
        }
        catch (JsonException e)
        {
            throw new UaasException(Failure.Image, $"the image's {what} cannot be used: {e.Message}", null, e);
        }
    }

    private static UaasException Bad(string what, string why) => new(Failure.Image, $"the image's {what} cannot be used: {why}");
}
