// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Protocol;

namespace Uaas.Master.Fronts;

/// <summary>A front that is connected.</summary>
/// <param name="name">What it calls itself.</param>
/// <param name="send">Sends lines to it, without blocking.</param>
public sealed class FrontSession(string name, Func<byte[], bool> send)
{
    /// <summary>What it calls itself.</summary>
    public string Name { get; } = name;

    /// <summary>Sends it a line. A front that is gone, or does not read, is found out by the thread that reads from it.</summary>
    internal void Send(byte[] line) => send(line);
}
