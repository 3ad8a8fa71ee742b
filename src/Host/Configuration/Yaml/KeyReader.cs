// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;

namespace Uaas.Configuration.Yaml;

/// <summary>
/// Reads one mapping: its values are asked for by key, each is checked, and what nobody asked for is reported with the nearest key that there is. A wrong
/// value is reported and then reads as an absent one, so that one reading finds every mistake.
/// </summary>
internal sealed class KeyReader
{
    private const int MaxEntries = 1000;

    private readonly YamlMapping _mapping;
    private readonly List<string> _known = [];

    private KeyReader(YamlMapping mapping, string path, ErrorList errors)
    {
        _mapping = mapping;
        Path = path;
        Errors = errors;
    }

    /// <summary>Where the mapping is, such as <c>services.web</c>.</summary>
    internal string Path { get; }

    internal ErrorList Errors { get; }

    internal Place Place => _mapping.Place;

    /// <summary>The mapping in a node, or null (and an error) when it is something else. A null in YAML is an empty mapping.</summary>
    internal static KeyReader? Of(YamlTree node, string path, ErrorList errors)
    {
        YamlMapping? mapping = node switch
        {
            YamlMapping found => found,
            YamlText { IsNull: true } => new YamlMapping(node.Place, []),
            _ => null,
        };
        if (mapping is null)
        {
            errors.Add(node.Place, path, $"{(path.Length == 0 ? "the file" : path)} has to be a mapping of keys to values");
            return null;
        }
        KeyReader keys = new(mapping, path, errors);
        keys.RefuseRepeated();
        return keys;
    }

    /// <summary>The value of a key; null when it is absent, or present without a value.</summary>
    internal YamlTree? Find(string key)
    {
        _known.Add(key);
        return _mapping.Find(key) is { } value and not YamlText { IsNull: true } ? value : null;
    }

    /// <summary>Whether a key is there, with or without a value.</summary>
    internal bool Has(string key) => _mapping.Find(key) is not null;

    /// <summary>The place of a key's value, or of the mapping.</summary>
    internal Place PlaceOf(string key) => _mapping.Find(key)?.Place ?? Place;

    /// <summary>Every key with its value, for mappings whose keys are a person's own. A key that stands twice comes once; too many are refused.</summary>
    internal IEnumerable<YamlEntry> All(int max = MaxEntries)
    {
        YamlEntry[] entries = [.. _mapping.Entries.DistinctBy(static entry => entry.Key)];
        if (entries.Length <= max)
            return entries;
        Errors.Add(Place, Path, $"{Path} has {entries.Length} entries: there may be {max}");
        return entries.Take(max);
    }

    internal KeyReader? Mapping(string key) => Find(key) is { } node ? Of(node, PathOf(key), Errors) : null;

    internal string? Text(string key) => Find(key) is { } node ? TextOf(node, PathOf(key)) : null;

    internal string? TextOf(YamlTree node, string path)
    {
        if (node is YamlText text)
            return text.Value;
        Errors.Add(node.Place, path, $"{path} has to be a text");
        return null;
    }

    /// <summary>One text, or a list of texts, each with its place; empty when absent.</summary>
    internal List<YamlText> Texts(string key)
    {
        List<YamlText> texts = [];
        YamlTree? node = Find(key);
        IReadOnlyList<YamlTree> items = node is YamlList list ? list.Items : node is null ? [] : [node];
        if (items.Count > MaxEntries)
            Refuse(key, $"{PathOf(key)} has {items.Count} entries: there may be {MaxEntries}");
        foreach (YamlTree item in items.Take(MaxEntries))
        {
            if (item is YamlText text)
                texts.Add(text);
            else
                Errors.Add(item.Place, PathOf(key), $"{PathOf(key)} has to be a text or a list of texts");
        }
        return texts;
    }

    internal bool? Truth(string key) => Value<bool>(key, "true or false", static text => text switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => null,
    });

    /// <summary>A value that <paramref name="parse"/> understands; null when absent or wrong.</summary>
    internal T? Value<T>(string key, string wanted, Func<string, T?> parse) where T : struct => Find(key) is { } node ? ValueOf(node, PathOf(key), wanted, parse) : null;

    internal T? ValueOf<T>(YamlTree node, string path, string wanted, Func<string, T?> parse) where T : struct
    {
        T? value = node is YamlText text ? parse(text.Value) : null;
        if (value is null)
            Errors.Add(node.Place, path, $"{path} has to be {wanted}{(node is YamlText wrong ? $", not '{Shorten(wrong.Value)}'" : "")}");
        return value;
    }

    /// <summary>One of some words.</summary>
    internal T? Choice<T>(string key, IReadOnlyDictionary<string, T> choices) where T : struct
    {
        if (Find(key) is not { } node)
            return null;
        if (node is YamlText text && choices.TryGetValue(text.Value, out T value))
            return value;
        Errors.Add(node.Place, PathOf(key), $"{PathOf(key)} has to be one of {string.Join(", ", choices.Keys)}", NearestName.Of((node as YamlText)?.Value ?? "", choices.Keys));
        return null;
    }

    /// <summary>Reports the keys that were never asked for.</summary>
    internal void Finish()
    {
        foreach (YamlEntry entry in _mapping.Entries.DistinctBy(static entry => entry.Key))
        {
            if (_known.Contains(entry.Key))
                continue;
            string? nearest = Errors.IsFull ? null : NearestName.Of(entry.Key, _known);
            string choices = nearest is null ? $"; the keys are {string.Join(", ", _known.Distinct().Order(StringComparer.Ordinal))}" : "";
            Errors.Add(entry.Place, PathOf(entry.Key), $"unknown key '{Shorten(entry.Key)}'{(Path.Length == 0 ? "" : $" in {Path}")}{choices}", nearest);
        }
    }

    internal string PathOf(string key) => Path.Length == 0 ? Shorten(key) : $"{Path}.{Shorten(key)}";

    internal void Refuse(string key, string message, string? suggestion = null) => Errors.Add(PlaceOf(key), PathOf(key), message, suggestion);

    /// <summary>A value as a message shows it: on one line, and not for pages.</summary>
    internal static string Shorten(string value)
    {
        const int max = 80;
        string line = string.Concat(value.Take(max).Select(static c => char.IsControl(c) ? '?' : c));
        return value.Length > max ? line + "…" : line;
    }

    private void RefuseRepeated()
    {
        Dictionary<string, Place> first = new(StringComparer.Ordinal);
        foreach (YamlEntry entry in _mapping.Entries)
        {
            if (!first.TryAdd(entry.Key, entry.Place))
                Errors.Add(entry.Place, PathOf(entry.Key), $"'{Shorten(entry.Key)}' stands twice: first in line {first[entry.Key].Line}");
        }
    }
}
