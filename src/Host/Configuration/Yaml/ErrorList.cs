// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;

namespace Uaas.Configuration.Yaml;

/// <summary>The mistakes found so far.</summary>
internal sealed class ErrorList
{
    /// <summary>More are counted, not kept: nobody reads them, and a hostile text has a million.</summary>
    internal const int Max = 100;

    private readonly List<ConfigurationError> _errors = [];
    private int _omitted;

    internal bool IsFull => _errors.Count >= Max;

    internal bool Any => _errors.Count != 0;

    internal void Add(Place place, string key, string message, string? suggestion = null)
    {
        if (_errors.Count < Max)
            _errors.Add(new ConfigurationError(place.Line, place.Column, key, message, suggestion));
        else
            _omitted++;
    }

    /// <summary>All, by place.</summary>
    internal IReadOnlyList<ConfigurationError> Sorted()
    {
        List<ConfigurationError> sorted = [.. _errors.OrderBy(static error => error.Line).ThenBy(static error => error.Column)];
        if (_omitted != 0)
            sorted.Add(new ConfigurationError(sorted[^1].Line, sorted[^1].Column, "", $"and {_omitted} more", null));
        return sorted;
    }
}
