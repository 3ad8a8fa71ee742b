// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;

namespace Uaas.Configuration;

/// <summary>One mistake in a configuration.</summary>
/// <param name="Line">The line, from 1; 0 where it came from no file.</param>
/// <param name="Column">The column, from 1; 0 where it came from no file.</param>
/// <param name="Key">Where it is, such as <c>services.web.scale.max</c>; empty for the file.</param>
/// <param name="Message">What is wrong, and what was expected.</param>
/// <param name="Suggestion">The nearest valid name, or null.</param>
public sealed record ConfigurationError(int Line, int Column, string Key, string Message, string? Suggestion);

/// <summary>A configuration is wrong: nothing of it is applied.</summary>
/// <param name="source">What the configuration is called, such as its path.</param>
/// <param name="errors">All mistakes, by line.</param>
public sealed class ConfigurationException(string source, IReadOnlyList<ConfigurationError> errors) : Exception(Describe(source, errors))
{
    /// <summary>All mistakes, by line.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; } = errors;

    private static string Describe(string source, IReadOnlyList<ConfigurationError> errors) =>
        string.Join('\n', errors.Select(error => $"{(error.Line == 0 ? source : $"{source}:{error.Line}:{error.Column}")}: {error.Message}{(error.Suggestion is null ? "" : $"; did you mean '{error.Suggestion}'?")}"));
}
