// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using Uaas.Configuration.Yaml;

namespace Uaas.Cli;

/// <summary>Says what is wrong with a command line, with the nearest name where a word looks like a slip of the fingers.</summary>
internal static class CommandLineErrors
{
    /// <summary>The messages. A word that nobody knows is told alone: what else is wrong mostly follows from it.</summary>
    internal static IEnumerable<string> Of(ParseResult parsed) =>
        parsed.UnmatchedTokens is [var unknown, ..] ? [Unknown(unknown, parsed.CommandResult)] : parsed.Errors.Select(Readable).Distinct();

    private static string Unknown(string word, CommandResult place)
    {
        string name = word.Split('=')[0];
        bool isOption = name.StartsWith('-');
        IEnumerable<string> names = isOption ? OptionsAt(place).SelectMany(option => option.Aliases.Append(option.Name)) : place.Command.Subcommands.Select(verb => verb.Name);
        string what = isOption ? "option" : place.Command.Subcommands.Count > 0 ? "verb" : "further word";
        return NearestName.Of(name, names) is { } nearest ? $"there is no {what} '{name}': did you mean '{nearest}'?" : $"there is no {what} '{name}'";
    }

    private static IEnumerable<Option> OptionsAt(CommandResult place)
    {
        for (SymbolResult? at = place; at is CommandResult command; at = command.Parent)
        {
            foreach (Option option in command.Command.Options)
                yield return option;
        }
    }

    // The parser names a type of .NET where a number is expected.
    private static string Readable(ParseError error) =>
        error is { SymbolResult: OptionResult { Tokens: [{ Value: var value }], Option: { } option } } && error.Message.Contains("System.Int", StringComparison.Ordinal)
            ? $"{option.Name} takes a number, not '{value}'"
            : error.Message;
}
