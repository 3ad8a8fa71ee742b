// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace Uaas.Sdk.Tasks;

/// <summary>Reads what ILC and ld.lld print when they fail.</summary>
public static partial class ToolOutput
{
    private const int ComplaintsMax = 50;

    /// <summary>The complaints in a failed tool's <paramref name="lines"/>, in their order; none where no line is understood.</summary>
    public static IReadOnlyList<Complaint> Explain(IReadOnlyList<string> lines)
    {
        List<Complaint> complaints = [];
        string? method = null;
        for (int i = 0; i < lines.Count && complaints.Count < ComplaintsMax; i++)
        {
            if (UndefinedSymbol().Match(lines[i]) is { Success: true } undefined)
            {
                complaints.AddRange(ExplainSymbol(undefined.Groups["symbol"].Value, [.. lines.Skip(i + 1).TakeWhile(IsContinuation)]));
            }
            else if (FailedMethod().Match(lines[i]) is { Success: true } failed)
            {
                method = failed.Groups["method"].Value;
            }
            else if (MissingType().Match(lines[i]) is { Success: true } type)
            {
                complaints.Add(ExplainType(type.Groups["type"].Value, method));
            }
            else if (MissingMethod().Match(lines[i]) is { Success: true } missing)
            {
                complaints.Add(new Complaint("UAAS203", null, 0, $"{In(method)}asks the core library for {missing.Groups["type"].Value}.{missing.Groups["method"].Value}, which it does not have."));
            }
        }

        return [.. complaints.Distinct()];
    }

    private static IEnumerable<Complaint> ExplainSymbol(string symbol, string[] references)
    {
        bool located = false;
        for (int i = 0; i < references.Length; i++)
        {
            if (SourceReference().Match(references[i]) is { Success: true } source)
            {
                located = true;
                string? method = i + 1 < references.Length && ObjectReference().Match(references[i + 1]) is { Success: true } place ? place.Groups["symbol"].Value : null;
                yield return OfSymbol(symbol, source.Groups["file"].Value, int.Parse(source.Groups["line"].Value, CultureInfo.InvariantCulture), method);
            }
        }

        if (located) yield break;
        string[] methods = [.. references.Select(static line => ObjectReference().Match(line)).Where(static match => match.Success).Select(static match => match.Groups["symbol"].Value)];
        foreach (string? method in methods.DefaultIfEmpty<string?>(null)) yield return OfSymbol(symbol, null, 0, method);
    }

    private static Complaint OfSymbol(string symbol, string? file, int line, string? mangledMethod)
    {
        string subject = In(mangledMethod?.Replace("__", ".", StringComparison.Ordinal));
        if (Features.OfSymbol(symbol) is { } feature) return new Complaint("UAAS200", file, line, $"{subject}uses {feature}.");
        if (Features.IsRuntimeSymbol(symbol)) return new Complaint("UAAS200", file, line, $"{subject}uses a part of .NET's runtime that a unikernel does not have ({symbol}).");
        return new Complaint("UAAS201", file, line, $"{subject}refers to '{symbol}', which nothing defines. Add the assembly source that does as a NativeSource item, or correct the name.");
    }

    private static Complaint ExplainType(string type, string? method) =>
        Features.OfType(type) is { } feature
            ? new Complaint("UAAS202", null, 0, $"{In(method)}uses {feature}.")
            : new Complaint("UAAS203", null, 0, $"{In(method)}asks the core library for the type {type}, which it does not have.");

    private static string In(string? method) => method == null ? "The program " : $"'{method}' ";

    private static bool IsContinuation(string line) => line.StartsWith(">>>", StringComparison.Ordinal);

    [GeneratedRegex(@"error: undefined (hidden |protected )?symbol: (?<symbol>\S+)")]
    private static partial Regex UndefinedSymbol();

    // ">>> referenced by Program.cs:12 (/sources/Program.cs:12)"
    [GeneratedRegex(@"^>>> referenced by [^(]*\((?<file>.+):(?<line>\d+)\)$")]
    private static partial Regex SourceReference();

    // ">>>               obj/managed.o:(Hello_Program__Main)"
    [GeneratedRegex(@"^>>>.*\.o:\((?<symbol>[^)+]+)(\+0x[0-9a-fA-F]+)?\)")]
    private static partial Regex ObjectReference();

    [GeneratedRegex(@"Code generation failed for method '(\[[^\]]*\])?(?<method>.+?)'\)?$")]
    private static partial Regex FailedMethod();

    [GeneratedRegex(@"Expected type '(?<type>[^']+)' not found in module")]
    private static partial Regex MissingType();

    [GeneratedRegex(@"Expected method '(?<method>[^']+)' not found on type '(\[[^\]]*\])?(?<type>[^']+)'")]
    private static partial Regex MissingMethod();
}
