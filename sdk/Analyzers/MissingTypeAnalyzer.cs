// SPDX-License-Identifier: Apache-2.0

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Uaas.Sdk.Analyzers;

/// <summary>
/// Names that everybody knows from .NET and that guests lack. The compiler says only that it cannot find them; this says what to write instead.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class MissingTypeAnalyzer : GuestAnalyzer
{
    private const string Arrays = "An array made in the constructor or in Setup, with a count beside it, has the bound that a service needs";
    private const string Text = "Write UTF-8 bytes into a span (JsonWriter, LineBuilder, \"…\"u8.CopyTo)";

    private static readonly ImmutableDictionary<string, string> s_instead = ImmutableDictionary.CreateRange(
        new System.Collections.Generic.Dictionary<string, string>
        {
            ["List"] = Arrays,
            ["Queue"] = Arrays,
            ["Stack"] = Arrays,
            ["HashSet"] = Arrays,
            ["Dictionary"] = Arrays + ": samples/Shortener has a hash table",
            ["ConcurrentDictionary"] = Arrays + ": samples/Shortener has a hash table",
            ["IEnumerable"] = "Take a span or an array",
            ["Task"] = "Return WebTask, or WebTask<T>; to wait for a time, await WebWait.For(nanoseconds)",
            ["ValueTask"] = "Return WebTask, or WebTask<T>",
            ["Thread"] = "There is one thread: a handler that waits with 'await' lets others run",
            ["Timer"] = "WebSetup.Every runs a job from time to time",
            ["CancellationToken"] = "A wait gives false when its client is gone",
            ["Console"] = "Uaas.Service.Log writes a line to the console",
            ["StringBuilder"] = Text,
            ["Encoding"] = Text,
            ["Regex"] = "Compare bytes: SequenceEqual, StartsWith, IndexOf",
            ["DateTime"] = "Times are nanoseconds (Machine.Now, Machine.UtcNow) or seconds since 1970",
            ["DateTimeOffset"] = "Times are nanoseconds (Machine.Now, Machine.UtcNow) or seconds since 1970",
            ["TimeSpan"] = "Durations are nanoseconds, as long",
            ["Stopwatch"] = "Machine.Now is a clock of nanoseconds that never goes back",
            ["Random"] = "Machine.FillEntropy gives unpredictable bytes",
            ["Guid"] = "Machine.FillEntropy gives unpredictable bytes",
            ["File"] = "WebSetup.Files serves the directory of --content",
            ["HttpClient"] = "WebSetup.Client calls another service",
            ["JsonSerializer"] = "JsonReader and JsonWriter, token by token",
        });

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.MissingType];

    private protected override void Register(AnalysisContext context)
    {
        context.RegisterSyntaxNodeAction(AnalyzeName, SyntaxKind.IdentifierName, SyntaxKind.GenericName);
        context.RegisterSyntaxNodeAction(AnalyzeUsing, SyntaxKind.UsingDirective);
    }

    private static void AnalyzeName(SyntaxNodeAnalysisContext context)
    {
        var name = (SimpleNameSyntax)context.Node;
        if (!s_instead.TryGetValue(name.Identifier.ValueText, out string? instead) || name.Parent is MemberAccessExpressionSyntax access && access.Name == name) return;
        SymbolInfo info = context.SemanticModel.GetSymbolInfo(name, context.CancellationToken);
        if (info.Symbol is null && info.CandidateSymbols.IsEmpty) Report(context, name.Identifier.ValueText, instead);
    }

    private static void AnalyzeUsing(SyntaxNodeAnalysisContext context)
    {
        if (((UsingDirectiveSyntax)context.Node).Name?.ToString() == "System.Linq") Report(context, "System.Linq", "Write the loop: it shows what it costs");
    }

    private static void Report(SyntaxNodeAnalysisContext context, string name, string instead) =>
        context.ReportDiagnostic(Diagnostic.Create(Rules.MissingType, context.Node.GetLocation(), name, instead));
}
