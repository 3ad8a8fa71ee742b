// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;

namespace Uaas.Http.Tests.Support;

internal sealed class LogCollector : LogSink
{
    public List<string> Lines { get; } = [];

    public override void WriteLine(ReadOnlySpan<byte> line) => Lines.Add(Encoding.UTF8.GetString(line));
}
