// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Uaas.Configuration.Yaml;

/// <summary>
/// Builds the tree of a document from the parser's events. YamlDotNet's own tree recurses as deep as the text says and stops at the first key that stands
/// twice; this one bounds the depth, and leaves the second key for the reader to report with all other mistakes.
/// </summary>
internal sealed class YamlLoader
{
    /// <summary>Deepest nesting: a configuration needs six.</summary>
    private const int MaxDepth = 32;

    private readonly IParser _parser;
    private readonly ErrorList _errors;
    private readonly Dictionary<string, YamlTree> _anchors = new(StringComparer.Ordinal);

    private YamlLoader(IParser parser, ErrorList errors)
    {
        _parser = parser;
        _errors = errors;
    }

    /// <summary>The tree of the only document in a text; null when the text has none, or is no YAML (which is then an error).</summary>
    internal static YamlTree? Load(string yaml, ErrorList errors)
    {
        Parser parser = new(new StringReader(yaml));
        try
        {
            YamlLoader loader = new(parser, errors);
            loader._parser.Consume<StreamStart>();
            if (!loader._parser.TryConsume<DocumentStart>(out _))
                return null;
            YamlTree root = loader.Node(0);
            loader._parser.Consume<DocumentEnd>();
            if (loader._parser.Current is DocumentStart second)
                errors.Add(At(second), "", "a configuration is one document: remove what follows '---'");
            return root;
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner, on some texts that are no YAML, trips over itself.
            Mark after = parser.Current?.End ?? Mark.Empty;
            errors.Add(new Place((int)Math.Max(1, after.Line), (int)Math.Max(1, after.Column)), "", "this is no YAML, from here on");
            return null;
        }
        catch (YamlException failure)
        {
            errors.Add(new Place((int)failure.Start.Line, (int)failure.Start.Column), "", $"this is no YAML: {failure.InnerException?.Message ?? failure.Message}");
            return null;
        }
    }

    private static Place At(ParsingEvent e) => new((int)e.Start.Line, (int)e.Start.Column);

    private YamlTree Node(int depth)
    {
        ParsingEvent e = _parser.Consume<ParsingEvent>();
        if (depth > MaxDepth)
            throw new YamlException(e.Start, e.End, $"nested deeper than {MaxDepth}");
        return e switch
        {
            Scalar scalar => Remember(scalar, new YamlText(At(e), scalar.Value, scalar.Style is not ScalarStyle.Plain)),
            SequenceStart list => Remember(list, List(list, depth)),
            MappingStart mapping => Remember(mapping, Mapping(mapping, depth)),
            AnchorAlias alias => _anchors.TryGetValue(alias.Value.Value, out YamlTree? tree) ? tree : throw new YamlException(e.Start, e.End, $"there is no anchor &{alias.Value.Value} before"),
            _ => throw new YamlException(e.Start, e.End, "a value was expected"),
        };
    }

    private YamlTree Remember(NodeEvent e, YamlTree tree)
    {
        if (!e.Anchor.IsEmpty)
            _anchors[e.Anchor.Value] = tree;
        return tree;
    }

    private YamlList List(SequenceStart start, int depth)
    {
        List<YamlTree> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(Node(depth + 1));
        return new YamlList(At(start), items);
    }

    private YamlMapping Mapping(MappingStart start, int depth)
    {
        List<YamlEntry> entries = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            YamlTree key = Node(depth + 1);
            YamlTree value = Node(depth + 1);
            if (key is YamlText text)
                entries.Add(new YamlEntry(text.Value, key.Place, value));
            else
                _errors.Add(key.Place, "", "a key has to be a text");
        }
        return new YamlMapping(At(start), entries);
    }
}
