// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>Where the build puts tenders and guests.</summary>
internal static class BuiltPrograms
{
    /// <summary>The repository.</summary>
    internal static string Root { get; } = FindRoot();

    internal static string Tender(string platform) => Path.Combine(Root, "out", "bin", $"uaas-{platform}");

    internal static string Guest(string name, string platform) => Path.Combine(Root, "out", "images", $"{name}.{platform}");

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "global.json"))) return folder;
        }

        throw new InvalidOperationException("the tests do not run from the repository's tree");
    }
}
