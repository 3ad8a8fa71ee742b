// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Platform;

namespace Uaas.Service;

/// <summary>Writes the access log to the console.</summary>
public sealed class ConsoleLog : LogSink
{
    /// <inheritdoc/>
    public override void WriteLine(ReadOnlySpan<byte> line) => Machine.Write(line);
}
