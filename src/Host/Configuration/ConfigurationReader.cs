// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Configuration.Reading;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration;

/// <summary>What stands at a path.</summary>
public enum PathKind
{
    /// <summary>Nothing, or nothing that can be reached.</summary>
    Missing,

    /// <summary>A file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,
}

/// <summary>Reads <c>uaas.yaml</c>. A wrong file is refused whole, with every mistake at once.</summary>
public static class ConfigurationReader
{
    /// <summary>The largest file, in bytes.</summary>
    public const int MaxSize = 1 << 20;

    /// <summary>The path that means standard input; relative paths in it start from the current directory.</summary>
    public const string StandardInput = "-";

    /// <summary>Reads the file at <paramref name="path"/>; paths in it start from its directory.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or something in it is wrong.</exception>
    public static Deployment Read(string path)
    {
        try
        {
            if (path == StandardInput)
                return Parse(ReadStandardInput(), "standard input", Environment.CurrentDirectory, Look);
            if (Directory.Exists(path))
                throw Refuse(path, "this is a directory: name the file in it");
            if (!File.Exists(path))
                throw Refuse(path, "there is no such file; -f FILE names another");
            if (new FileInfo(path).Length > MaxSize)
                throw TooLarge(path);
            return Parse(File.ReadAllText(path), path, Path.GetDirectoryName(Path.GetFullPath(path))!, Look);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refuse(path, failure.Message);
        }
    }

    /// <summary>Reads a configuration's text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="folder">Where relative paths start.</param>
    /// <param name="look">Says what stands at an absolute path.</param>
    /// <exception cref="ConfigurationException">Something in it is wrong.</exception>
    public static Deployment Parse(string yaml, string source, string folder, Func<string, PathKind> look) => DeploymentReader.Read(yaml, source, folder, look);

    /// <summary>Where a service stands in a file that has been read: the path, or the path with line and column where the service is in it under that name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="service">The service's name.</param>
    public static string Locate(string path, string service)
    {
        YamlTree? root = YamlLoader.Load(File.ReadAllText(path), new ErrorList());
        YamlEntry? entry = ((root as YamlMapping)?.Find("services") as YamlMapping)?.Entries.FirstOrDefault(entry => entry.Key == service);
        return entry is { Key: not null, Place: var place } ? $"{path}:{place.Line}:{place.Column}" : path;
    }

    /// <summary>The place of a key, as <c>FILE:LINE:COLUMN</c>, or of the nearest one above it that is written; null where the file says nothing of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The key, such as <c>services.web.image</c>.</param>
    public static string? PlaceOf(string path, string key)
    {
        try
        {
            return path == StandardInput ? null : PlaceOf(File.ReadAllText(path), path, key);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? PlaceOf(string yaml, string path, string key)
    {
        YamlTree? at = YamlLoader.Load(yaml, new ErrorList());
        Place? place = null;
        foreach (string name in key.Split('.'))
        {
            if (at is not YamlMapping mapping || mapping.Entries.FirstOrDefault(entry => entry.Key == name) is not { Key: not null } found)
                break;
            place = found.Place;
            at = found.Value;
        }
        return place is { } known ? $"{path}:{known.Line}:{known.Column}" : null;
    }

    private static PathKind Look(string path) => Directory.Exists(path) ? PathKind.Directory : File.Exists(path) ? PathKind.File : PathKind.Missing;

    private static string ReadStandardInput()
    {
        char[] text = new char[MaxSize + 1];
        using var input = new StreamReader(Console.OpenStandardInput());
        int length = input.ReadBlock(text);
        return length <= MaxSize ? new string(text, 0, length) : throw TooLarge("standard input");
    }

    private static ConfigurationException TooLarge(string source) => Refuse(source, $"larger than {MaxSize} bytes: it cannot be a configuration");

    private static ConfigurationException Refuse(string path, string message) => new(path, [new ConfigurationError(0, 0, "", message, null)]);
}
