// SPDX-License-Identifier: Apache-2.0

using YamlDotNet.RepresentationModel;

namespace Uaas.Host.Images.Site;

/// <summary>
/// One mapping of a configuration: its values are asked for by key, each is checked, and what nobody asked for is reported with the nearest key that
/// there is. Errors gather in a list, so that a person sees all of them at once.
/// </summary>
internal sealed class YamlKeys
{
    private readonly YamlMappingNode _node;
    private readonly string _path;
    private readonly YamlErrors _errors;
    private readonly List<string> _known = [];

    private YamlKeys(YamlMappingNode node, string path, YamlErrors errors)
    {
        _node = node;
        _path = path;
        _errors = errors;
    }

    internal int Line => (int)_node.Start.Line;

    internal YamlErrors Errors => _errors;

    /// <summary>The mapping in a node, or null (and an error) when it is something else.</summary>
    internal static YamlKeys? Of(YamlNode node, string path, YamlErrors errors)
    {
        if (node is YamlMappingNode mapping)
        {
            return new YamlKeys(mapping, path, errors);
        }

        errors.Add(node, $"{Describe(path)} has to be a mapping of keys to values");
        return null;
    }

    /// <summary>The value of a key, or null.</summary>
    internal YamlNode? Find(string key)
    {
        _known.Add(key);
        foreach ((YamlNode name, YamlNode value) in _node.Children)
        {
            if (name is YamlScalarNode scalar && scalar.Value == key)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Every key with its value, for mappings whose keys are a person's own.</summary>
    internal IEnumerable<(string Key, YamlNode Node, YamlNode Value)> All()
    {
        foreach ((YamlNode name, YamlNode value) in _node.Children)
        {
            string key = (name as YamlScalarNode)?.Value ?? "";
            yield return (key, name, value);
        }
    }

    internal YamlKeys? Mapping(string key) => Find(key) is { } node ? Of(node, PathOf(key), _errors) : null;

    /// <summary>The text of a key, or null when it is absent or no text.</summary>
    internal string? Text(string key) => Find(key) is { } node ? TextOf(node, PathOf(key)) : null;

    internal string? TextOf(YamlNode node, string path)
    {
        if (node is YamlScalarNode { Value: { } text })
        {
            return text;
        }

        _errors.Add(node, $"{Describe(path)} has to be a text");
        return null;
    }

    /// <summary>One text, or a list of texts, each with its line.</summary>
    internal IReadOnlyList<(string Text, YamlNode Node)>? Texts(string key)
    {
        YamlNode? node = Find(key);
        if (node is null)
        {
            return null;
        }

        List<(string, YamlNode)> texts = [];
        foreach (YamlNode item in node is YamlSequenceNode list ? list.Children : [node])
        {
            if (TextOf(item, PathOf(key)) is { } text)
            {
                texts.Add((text, item));
            }
        }

        return texts;
    }

    /// <summary>The mappings of a list.</summary>
    internal IEnumerable<YamlKeys> Mappings(string key)
    {
        YamlNode? node = Find(key);
        if (node is null)
        {
            yield break;
        }

        if (node is not YamlSequenceNode list)
        {
            _errors.Add(node, $"{Describe(PathOf(key))} has to be a list");
            yield break;
        }

        for (int i = 0; i < list.Children.Count; i++)
        {
            if (Of(list.Children[i], $"{PathOf(key)}[{i + 1}]", _errors) is { } mapping)
            {
                yield return mapping;
            }
        }
    }

    internal bool? Truth(string key)
    {
        YamlNode? node = Find(key);
        return node switch
        {
            null => null,
            YamlScalarNode { Value: "true" or "on" or "yes" } => true,
            YamlScalarNode { Value: "false" or "off" or "no" } => false,
            _ => Wrong(node, key, "true or false"),
        };

        bool? Wrong(YamlNode at, string name, string wanted)
        {
            _errors.Add(at, $"{Describe(PathOf(name))} has to be {wanted}");
            return null;
        }
    }

    /// <summary>A value that <paramref name="parse"/> understands, or null.</summary>
    internal T? Value<T>(string key, string wanted, Func<string, T?> parse) where T : struct
    {
        YamlNode? node = Find(key);
        if (node is null)
        {
            return null;
        }

        T? value = node is YamlScalarNode { Value: { } text } ? parse(text) : null;
        if (value is null)
        {
            _errors.Add(node, $"{Describe(PathOf(key))} has to be {wanted}");
        }

        return value;
    }

    /// <summary>Reports the keys that were never asked for.</summary>
    internal void Finish()
    {
        foreach ((string key, YamlNode node, _) in All())
        {
            if (!_known.Contains(key))
            {
                string place = _path.Length == 0 ? "" : $" in {_path}";
                _errors.Add(node, $"unknown key '{key}'{place}: {NearestWord.Suggest(key, _known)}");
            }
        }
    }

    private string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private static string Describe(string path) => path.Length == 0 ? "the file" : path;
}

/// <summary>What is wrong with a configuration, line by line.</summary>
internal sealed class YamlErrors(string source)
{
    private readonly SortedSet<(long Line, int Order, string Text)> _errors = [];

    internal bool Any => _errors.Count != 0;

    internal void Add(YamlNode node, string text) => Add(node.Start.Line, text);

    internal void Add(long line, string text) => _errors.Add((line, _errors.Count, $"{source}:{line}: {text}"));

    /// <summary>All of them, one a line.</summary>
    internal string Message => string.Join('\n', _errors.Select(static error => error.Text));
}

/// <summary>Guesses what a person meant to type.</summary>
internal static class NearestWord
{
    internal static string Suggest(string word, IReadOnlyCollection<string> words)
    {
        string nearest = words.MinBy(candidate => Distance(word, candidate))!;
        return Distance(word, nearest) <= Math.Max(2, word.Length / 3)
            ? $"did you mean '{nearest}'?"
            : $"the keys are {string.Join(", ", words)}";
    }

    /// <summary>The Levenshtein distance: insertions, deletions and substitutions from one word to the other.</summary>
    private static int Distance(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
