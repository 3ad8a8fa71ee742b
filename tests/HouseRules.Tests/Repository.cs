// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.IO;
using System.IO.Enumeration;
using System.Linq;
using System.Reflection;

namespace Uaas.HouseRules.Tests;

/// <summary>The files of the project as they lie in the folder, less what builds leave there.</summary>
internal static class Repository
{
    private static readonly string[] s_builtFolders = [".git", "bin", "obj", "out", "node_modules", "TestResults", ".vs"];
    private static readonly string[] s_sourceExtensions = [".cs", ".S", ".inc", ".ld", ".c", ".h", ".sh", ".lua", ".py"];
    private static readonly string[] s_textExtensions = [.. s_sourceExtensions, ".md", ".csproj", ".props", ".targets", ".slnx", ".json", ".yml", ".yaml", ".txt", ""];

    internal static string Root { get; } =
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>Every file, as a path from the root with '/'.</summary>
    internal static string[] Files { get; } = [.. Enumerate().Order(System.StringComparer.Ordinal)];

    /// <summary>What people write and machines run.</summary>
    internal static IEnumerable<string> Sources => Files.Where(static file => s_sourceExtensions.Contains(Path.GetExtension(file)));

    /// <summary>All that is text.</summary>
    internal static IEnumerable<string> Texts => Files.Where(static file => s_textExtensions.Contains(Path.GetExtension(file)));

    internal static IEnumerable<string> Under(string folder, string extension) =>
        Files.Where(file => file.StartsWith(folder, System.StringComparison.Ordinal) && Path.GetExtension(file) == extension);

    internal static string[] LinesOf(string file) => File.ReadAllLines(Path.Combine(Root, file));

    internal static string TextOf(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<string> Enumerate() =>
        new FileSystemEnumerable<string>(Root, static (ref FileSystemEntry entry) => entry.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = static (ref FileSystemEntry entry) => !s_builtFolders.Contains(entry.FileName.ToString()),
        }.Select(static path => Path.GetRelativePath(Root, path));
}
