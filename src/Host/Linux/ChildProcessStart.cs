// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>What to start, and what it gets.</summary>
public readonly struct ChildProcessStart
{
    /// <summary>The program's path; no search.</summary>
    public required string Program { get; init; }

    /// <summary>Its arguments, without the program's own name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Environment of the form NAME=value; null for this process's own.</summary>
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>Descriptors that it inherits under the same numbers. All others are closed, except the standard three.</summary>
    public IReadOnlyList<SafeHandle>? Inherited { get; init; }

    /// <summary>Where standard output and error go; null for this process's own.</summary>
    public SafeFileHandle? Output { get; init; }

    /// <summary>Whether it starts a session of its own, out of reach of the terminal's signals.</summary>
    public bool OwnSession { get; init; }
}
