// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

namespace Uaas.Fuzz;

/// <summary>Something that must take any bytes without harm.</summary>
/// <remarks>
/// A target may keep state from one input to the next. It is made anew for each episode of 1,000 inputs, so that any failure is replayed from its episode
/// alone.
/// </remarks>
public interface IFuzzTarget
{
    /// <summary>Good inputs, from which others are made by mutation. At least one.</summary>
    IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Takes an input. Throws when a promise is broken: an exception of the code itself, a bound passed, a result that cannot be.</summary>
    void Run(ReadOnlySpan<byte> input);
}
