// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>Where log lines go: the console, as a rule.</summary>
public abstract class LogSink
{
    /// <summary>Takes one line, its line feed included.</summary>
    public abstract void WriteLine(ReadOnlySpan<byte> line);
}
