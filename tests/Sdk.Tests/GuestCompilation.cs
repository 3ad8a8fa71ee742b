// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Uaas.Sdk.Tests;

/// <summary>Compiles a piece of guest C# against the core library and asks the analyzers.</summary>
internal static class GuestCompilation
{
    private static readonly MetadataReference s_coreLib = MetadataReference.CreateFromFile(Metadata("CoreLib"));

    private static readonly ImmutableArray<DiagnosticAnalyzer> s_analyzers =
    [
        .. typeof(Analyzers.GuestAnalyzer).Assembly.GetTypes()
            .Where(static type => !type.IsAbstract && type.IsSubclassOf(typeof(DiagnosticAnalyzer)))
            .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!),
    ];

    internal static ImmutableArray<DiagnosticAnalyzer> Analyzers => s_analyzers;

    internal static string CoreLibPath => Metadata("CoreLib");

    internal static string Configuration => Metadata("Configuration");

    internal static string RepositoryRoot => Metadata("RepositoryRoot");

    /// <summary>Which rules <paramref name="source"/> breaks, each with its line (1-based), in the order of the source.</summary>
    internal static (string Id, int Line)[] Analyze(string source)
    {
        CSharpCompilation compilation = Compile(source);
        ImmutableArray<Diagnostic> diagnostics = compilation.WithAnalyzers(s_analyzers).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        return
        [
            .. diagnostics.Where(static d => !d.IsSuppressed)
                .OrderBy(static d => d.Location.SourceSpan.Start)
                .Select(static d => (d.Id, d.Location.GetLineSpan().StartLinePosition.Line + 1)),
        ];
    }

    /// <summary>What csc itself has against <paramref name="source"/>.</summary>
    internal static string[] CompilerErrors(string source) =>
        [.. Compile(source).GetDiagnostics().Where(static d => d.Severity == DiagnosticSeverity.Error).Select(static d => d.ToString())];

    private static CSharpCompilation Compile(string source)
    {
        CSharpParseOptions parse = new(LanguageVersion.Preview);
        CSharpCompilationOptions options = new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
        return CSharpCompilation.Create("Snippet", [CSharpSyntaxTree.ParseText(source, parse, "Snippet.cs")], [s_coreLib], options);
    }

    private static string Metadata(string key) =>
        typeof(GuestCompilation).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
