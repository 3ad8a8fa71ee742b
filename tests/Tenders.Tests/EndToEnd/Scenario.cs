// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>
/// One run of a tender: what it is given, and what must come of it. Scenarios run on this machine, and in the test bed where KVM works.
/// In an argument, <c>{dir}</c> stands for the folder with <see cref="Files"/>, and <c>{images}</c> for that of the built guests.
/// </summary>
internal sealed class Scenario(string name, string platform, int status, string expected, params string[] arguments)
{
    internal string Name { get; } = name;

    internal string Platform { get; } = platform;

    /// <summary>The exit status.</summary>
    internal int Status { get; } = status;

    /// <summary>What console and error output together must contain.</summary>
    internal string Expected { get; } = expected;

    internal IReadOnlyList<string> Arguments { get; } = arguments;

    /// <summary>Files that the run needs, by name.</summary>
    internal IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>The arguments with their folders filled in.</summary>
    internal IEnumerable<string> ArgumentsIn(string folder, string images)
    {
        foreach (string argument in Arguments) yield return argument.Replace("{dir}", folder, StringComparison.Ordinal).Replace("{images}", images, StringComparison.Ordinal);
    }

    /// <summary>Writes the files into a folder.</summary>
    internal void WriteFiles(string folder)
    {
        foreach ((string file, byte[] content) in Files) File.WriteAllBytes(Path.Combine(folder, file), content);
    }
}
