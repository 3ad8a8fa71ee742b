// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;

namespace Uaas.Configuration.Yaml;

/// <summary>A place in a text, both from 1.</summary>
internal readonly record struct Place(int Line, int Column);

/// <summary>A node of a YAML document, with its place.</summary>
internal abstract record YamlTree(Place Place);

/// <summary>A text or another single value.</summary>
internal sealed record YamlText(Place Place, string Value, bool IsQuoted) : YamlTree(Place)
{
    /// <summary>Whether nothing was written, or the word for it.</summary>
    internal bool IsNull => !IsQuoted && Value is "" or "~" or "null";
}

/// <summary>A list.</summary>
internal sealed record YamlList(Place Place, IReadOnlyList<YamlTree> Items) : YamlTree(Place);

/// <summary>A mapping, in the order of the text. A key may stand in it twice: the reader says so.</summary>
internal sealed record YamlMapping(Place Place, IReadOnlyList<YamlEntry> Entries) : YamlTree(Place)
{
    internal YamlTree? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key).Value;
}

/// <summary>One key of a mapping.</summary>
internal readonly record struct YamlEntry(string Key, Place Place, YamlTree Value);
