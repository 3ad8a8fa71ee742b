// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Platform;

/// <summary>Writes the access log to the console.</summary>
internal sealed class ConsoleLog : LogSink
{
    /// <inheritdoc/>
    public override void WriteLine(ReadOnlySpan<byte> line) => Machine.Write(line);
}
