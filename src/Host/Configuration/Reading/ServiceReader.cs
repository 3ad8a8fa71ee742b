// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration.Reading;

/// <summary>Reads one service.</summary>
internal sealed class ServiceReader(KeyReader keys, string name, string folder, Func<string, PathKind> look)
{
    internal static readonly string[] BuiltInImages = ["http", "img", "flv", "combined"];

    private static readonly Dictionary<string, VmmChoice> s_vmms = new()
    {
        ["auto"] = VmmChoice.Auto,
        ["spt"] = VmmChoice.Spt,
        ["hvt"] = VmmChoice.Hvt,
        ["qemu"] = VmmChoice.Qemu,
        ["qemu-kvm"] = VmmChoice.QemuKvm,
        ["qemu-tcg"] = VmmChoice.QemuTcg,
    };

    /// <summary>Words that the node itself puts on a guest's command line.</summary>
    internal static readonly string[] ReservedWords = ["ip", "gw", "dns", "name", "link", "mtu", "time"];

    internal ServiceDraft Read()
    {
        ImageSource image = ReadImage();
        List<Placed<Route>> routes = RouteReader.Read(keys);
        (ServicePorts ports, List<Placed<TcpPort>> tcp) = PortReader.Read(keys);
        List<VolumeDefinition> volumes = ReadVolumes();
        SettingsReader settings = new(keys, hasVolumes: volumes.Count != 0, isOne: HasStreams(image));
        ServiceDefinition definition = new()
        {
            Name = name,
            Image = image,
            Content = ReadPath("content", PathKind.Directory),
            Config = ReadPath("config", PathKind.File),
            Routes = [.. routes.Select(static route => route.Value)],
            Ports = ports,
            Environment = ReadEnvironment(),
            Secrets = ReadSecrets(),
            Arguments = ReadArguments(),
            Egress = ReadEgress(),
            Volumes = volumes,
            Scale = settings.Scale(),
            Resources = settings.Resources(DefaultMemory(image)),
            Health = settings.Health(),
            Vmm = keys.Choice("vmm", s_vmms) ?? VmmChoice.Auto,
            Restart = settings.Restart(),
            Rollout = settings.Rollout(),
            Queue = settings.Queue(),
            Drain = keys.Value("drain", Values.DurationForm, Values.Duration) ?? TimeSpan.FromSeconds(30),
        };
        List<Placed<LinkDraft>> links = LinkReader.Read(keys);
        RequireContent();
        RefuseDoubleNames(definition);
        keys.Finish();
        return new ServiceDraft { Keys = keys, Name = name, Definition = definition, Routes = routes, TcpPorts = tcp, Links = links };
    }

    /// <summary>
    /// Memory of an instance when none is given, in MiB: what the built-in services were measured to need with room to spare, and what kernels of others commonly need. What a
    /// guest does not touch costs nothing.
    /// </summary>
    private static int DefaultMemory(ImageSource image) => image switch
    {
        { Kind: ImageKind.BuiltIn, Value: "flv" } => 72,
        { Kind: ImageKind.BuiltIn, Value: "combined" } => 192,
        { Kind: ImageKind.BuiltIn, Value: "img" } or { Kind: ImageKind.File } => 128,
        _ => 32,
    };

    /// <summary>Whether it has live streams: one lives in the instance that it is published to, and whoever comes to another does not see it.</summary>
    internal static bool HasStreams(ImageSource image) => image is { Kind: ImageKind.BuiltIn, Value: "flv" or "combined" };

    private ImageSource ReadImage()
    {
        string text = keys.Text("image") ?? "";
        if (text.Length == 0)
        {
            if (keys.Find("image") is null or YamlText)
                keys.Refuse("image", $"{keys.Path} needs an 'image': one of {string.Join(", ", BuiltInImages)}, a project's directory, an ELF file, or a reference like registry.example/name:tag");
        }
        else if (BuiltInImages.Contains(text))
        {
            return new ImageSource(ImageKind.BuiltIn, text);
        }
        else if (text[0] is '.' or '/')
        {
            return FindImage(text);
        }
        else if (ImageReference.IsValid(text))
        {
            return new ImageSource(ImageKind.Reference, text);
        }
        else
        {
            keys.Refuse("image", $"there is no image '{KeyReader.Shorten(text)}': built in are {string.Join(", ", BuiltInImages)}; a directory or file starts with './' or '/', a reference has a tag or a digest",
                NearestName.Of(text, BuiltInImages));
        }
        return new ImageSource(ImageKind.BuiltIn, "http");
    }

    private ImageSource FindImage(string text)
    {
        string? path = Resolve("image", text);
        PathKind kind = path is null ? PathKind.File : look(path);
        if (kind == PathKind.Missing)
            keys.Refuse("image", $"{keys.PathOf("image")}: there is nothing at {KeyReader.Shorten(path!)}");
        return new ImageSource(kind == PathKind.Directory ? ImageKind.Project : ImageKind.File, path ?? text);
    }

    private string? ReadPath(string key, PathKind wanted) => keys.Text(key) is { } text ? ReadPath(key, text, wanted) : null;

    private string? ReadPath(string key, string text, PathKind wanted)
    {
        string? path = Resolve(key, text);
        if (path is null)
            return null;
        PathKind found = look(path);
        string what = wanted == PathKind.Directory ? "directory" : "file";
        if (found == PathKind.Missing)
            keys.Refuse(key, $"{keys.PathOf(key)}: there is no {what} {KeyReader.Shorten(path)}");
        else if (found != wanted)
            keys.Refuse(key, $"{keys.PathOf(key)}: {KeyReader.Shorten(path)} is no {what}");
        return path;
    }

    private string? Resolve(string key, string text)
    {
        const int maxPath = 4096;
        if (text.Length is >= 1 and <= maxPath && !text.Any(char.IsControl))
            return Path.TrimEndingDirectorySeparator(Path.GetFullPath(text, folder));
        keys.Refuse(key, $"{keys.PathOf(key)} has to be a path");
        return null;
    }

    private SortedDictionary<string, string> ReadEnvironment()
    {
        const int maxValue = 32 * 1024;
        SortedDictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (YamlEntry entry in keys.Mapping("env")?.All() ?? [])
        {
            string path = $"{keys.PathOf("env")}.{KeyReader.Shorten(entry.Key)}";
            string? value = keys.TextOf(entry.Value, path);
            if (!Values.IsVariable(entry.Key))
                keys.Errors.Add(entry.Place, path, $"{path}: a variable is named by letters, digits and '_', and does not begin with a digit");
            else if (value is { Length: > maxValue } || value?.Contains('\0') == true)
                keys.Errors.Add(entry.Value.Place, path, $"{path} has to be a text without NUL of at most {maxValue} characters");
            else
                variables[entry.Key] = value ?? "";
        }
        return variables;
    }

    private SortedDictionary<string, string> ReadSecrets()
    {
        SortedDictionary<string, string> secrets = new(StringComparer.Ordinal);
        KeyReader? mapping = keys.Mapping("secrets");
        foreach (YamlEntry entry in mapping?.All() ?? [])
        {
            string path = mapping!.PathOf(entry.Key);
            if (!Values.IsVariable(entry.Key))
                keys.Errors.Add(entry.Place, path, $"{path}: a secret is named by letters, digits and '_', and does not begin with a digit");
            else if (mapping.Text(entry.Key) is { } text && new ServiceReader(mapping, name, folder, look).ReadPath(entry.Key, text, PathKind.File) is { } file)
                secrets[entry.Key] = file;
        }
        return secrets;
    }

    private List<string> ReadArguments()
    {
        List<string> words = [];
        foreach (YamlText item in keys.Texts("args"))
        {
            if (!Values.IsWord(item.Value))
                keys.Errors.Add(item.Place, keys.PathOf("args"), $"{keys.PathOf("args")}: '{KeyReader.Shorten(item.Value)}' has to be one word of printable ASCII");
            else if (ReservedWords.Contains(item.Value.Split('=')[0]))
                keys.Errors.Add(item.Place, keys.PathOf("args"), $"{keys.PathOf("args")}: '{item.Value.Split('=')[0]}' is set by the node");
            else
                words.Add(item.Value);
        }
        return words;
    }

    private List<EgressRule> ReadEgress()
    {
        List<YamlText> items = keys.Texts("egress");
        if (items is [{ Value: "none" }])
            return [];
        return [.. items.Select(item => keys.ValueOf<EgressBox>(item, keys.PathOf("egress"), "none, any, or networks like 10.0.0.0/8 or 192.0.2.1:443", static text => Values.Egress(text) is { } rule ? new(rule) : null))
            .Where(static box => box is not null).Select(static box => box!.Value.Rule)];
    }

    private List<VolumeDefinition> ReadVolumes()
    {
        const long least = 1 << 20;
        List<VolumeDefinition> volumes = [];
        foreach (YamlEntry entry in keys.Mapping("volumes")?.All() ?? [])
        {
            string path = $"{keys.PathOf("volumes")}.{KeyReader.Shorten(entry.Key)}";
            KeyReader? volume = entry.Value is YamlMapping ? KeyReader.Of(entry.Value, path, keys.Errors) : null;
            long? size = volume is null ? keys.ValueOf(entry.Value, path, Values.BytesForm, Values.Bytes) : volume.Value("size", Values.BytesForm, Values.Bytes);
            string device = volume?.Text("device") ?? entry.Key;
            if (volume is not null && !volume.Has("size"))
                keys.Errors.Add(entry.Place, path, $"{path} needs a 'size'");
            volume?.Finish();
            if (!Values.IsName(entry.Key) || !Values.IsName(device))
                keys.Errors.Add(entry.Place, path, $"{path}: volumes and devices are named by lower-case letters, digits and '-'");
            else if (size < least)
                keys.Errors.Add(entry.Value.Place, path, $"{path}: a volume has at least 1MiB");
            else if (device == VolumeDefinition.ContentDevice || volumes.Exists(other => other.Device == device))
                keys.Errors.Add(entry.Place, path, $"{path}: device '{device}' is {(device == VolumeDefinition.ContentDevice ? "that of the content" : "another volume's already")}; say which it is: {{size: …, device: …}}");
            else if (size is { } bytes)
                volumes.Add(new VolumeDefinition(entry.Key, device, bytes));
        }
        return volumes;
    }

    private void RequireContent()
    {
        if (keys.Text("image") == "http" && !keys.Has("content"))
            keys.Refuse("content", $"{keys.Path} needs 'content', the directory that it serves");
        if (keys.Has("config") && !keys.Has("content"))
            keys.Refuse("config", $"{keys.PathOf("config")} goes with 'content', which is missing");
    }

    private void RefuseDoubleNames(ServiceDefinition service)
    {
        foreach (string variable in service.Secrets.Keys.Where(service.Environment.ContainsKey))
            keys.Refuse("secrets", $"{keys.PathOf("secrets")}.{variable} is in 'env' too");
    }

    private readonly record struct EgressBox(EgressRule Rule);
}
