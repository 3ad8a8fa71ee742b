// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Uaas.HouseRules.Tests;

/// <summary>CONTRIBUTING.md's rules, as far as a machine can tell. A failure names each file and line that breaks one.</summary>
public sealed partial class HouseRulesTests
{
    private const int LinesMax = 500;

    [Fact]
    public void TheRulesAreAppliedToTheRealTree()
    {
        Assert.Contains("CONTRIBUTING.md", Repository.Files);
        Assert.True(Repository.Sources.Count() > 100, $"only {Repository.Sources.Count()} sources under {Repository.Root}");
    }

    [Fact]
    public void EverySourceNamesItsLicence() =>
        AssertNone(Repository.Sources.Where(static file => !IsOfTemplate(file) && !Repository.LinesOf(file).Take(2).Any(static line => line.Contains("SPDX-License-Identifier: Apache-2.0", StringComparison.Ordinal))));

    [Fact]
    public void NoSourceIsLong() =>
        AssertNone(Repository.Sources.Select(static file => (file, Lines: Repository.LinesOf(file).Length)).Where(static x => x.Lines > LinesMax).Select(static x => $"{x.file}: {x.Lines} lines"));

    [Fact]
    public void NothingIsLeftForLaterOrTiedToOneMachine() => AssertNone(MatchesIn(Repository.Texts, Unfinished()));

    [Fact]
    public void TextHasNoTrailingBlanksAndEndsWithANewline()
    {
        AssertNone(MatchesIn(Repository.Texts.Where(static file => file != "LICENSE" && Path.GetExtension(file) != ".md"), TrailingBlank()));
        AssertNone(Repository.Sources.Where(static file => Repository.TextOf(file) is { Length: > 0 } text && text[^1] != '\n'));
    }

    [Fact]
    public void TheGuestKnowsNothingOfTheHost()
    {
        IEnumerable<string> inside = Repository.Under("src/Guest/", ".cs").Concat(Repository.Under("src/Services/", ".cs")).Concat(Repository.Under("src/Tenders/", ".cs"));
        string[] host = [.. Repository.Under("src/Host/", ".cs").SelectMany(Repository.LinesOf).Where(static line => line.StartsWith("namespace ", StringComparison.Ordinal)).Distinct()];
        Assert.NotEmpty(host);
        foreach (string line in host) AssertNone(MatchesIn(inside, new Regex($@"\b{Regex.Escape(line.Split(' ', ';')[1])}\b")));
        IEnumerable<string> projects = Repository.Under("src/Guest/", ".csproj").Concat(Repository.Under("src/Services/", ".csproj")).Concat(Repository.Under("src/Tenders/", ".csproj"));
        AssertNone(MatchesIn(projects, HostFolder()));
    }

    [Fact]
    public void GuestPointersStayWhereMachinesAndCLibrariesAre()
    {
        string[] allowed = ["src/Guest/Platform/", "src/Guest/Devices/", "src/Guest/CoreLib/", "src/Guest/Imaging/Codecs/"];
        IEnumerable<string> safe = Repository.Under("src/Guest/", ".cs").Concat(Repository.Under("src/Services/", ".cs"))
            .Where(file => !allowed.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)));
        AssertNone(MatchesIn(safe, Unsafe()));
    }

    [Fact]
    public void TheSolutionHasEveryProjectAndNoOther()
    {
        string[] listed = [.. ProjectPath().Matches(Repository.TextOf("uaas.slnx")).Select(static match => match.Groups["path"].Value).Order(StringComparer.Ordinal)];

        string[] present = [.. Repository.Files.Where(static file => Path.GetExtension(file) == ".csproj" && !IsOfTemplate(file))];
        AssertNone(present.Except(listed).Select(static file => $"{file}: not in uaas.slnx"));
        AssertNone(listed.Except(present).Select(static file => $"{file}: in uaas.slnx, not in the tree"));
    }

    [Fact]
    public void LinksBetweenDocumentsResolve() => AssertNone(BrokenLinks());

    [Fact]
    public void NoProjectNamesAnAbsolutePath() => AssertNone(MatchesIn(Repository.Files.Where(static file => Path.GetExtension(file) is ".csproj" or ".props" or ".targets"), AbsolutePath()));

    /// <summary>What a template holds becomes somebody else's.</summary>
    private static bool IsOfTemplate(string file) => file.StartsWith("templates/uaas-", StringComparison.Ordinal);

    private static IEnumerable<string> BrokenLinks()
    {
        foreach (string file in Repository.Files.Where(static file => Path.GetExtension(file) == ".md"))
        {
            string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, file))!;
            foreach (Match link in Link().Matches(Repository.TextOf(file)))
            {
                string target = link.Groups["target"].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
                if (!Path.Exists(Path.Combine(folder, target))) yield return $"{file}: {target}";
            }
        }
    }

    private static IEnumerable<string> MatchesIn(IEnumerable<string> files, Regex pattern)
    {
        foreach (string file in files)
        {
            if (file.StartsWith("tests/HouseRules.Tests/", StringComparison.Ordinal)) continue; // which must name what it looks for
            string[] lines = Repository.LinesOf(file);
            for (int i = 0; i < lines.Length; i++)
            {
                if (pattern.IsMatch(lines[i])) yield return $"{file}:{i + 1}: {lines[i].Trim()}";
            }
        }
    }

    private static void AssertNone(IEnumerable<string> violations)
    {
        string[] found = [.. violations];
        Assert.True(found.Length == 0, string.Join('\n', found));
    }

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX|WIP)\b|\bNotImplementedException\(|/home/\w+/|/root/|/Users/\w+/|/work/|\.\./shared\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"[ \t]+$")]
    private static partial Regex TrailingBlank();

    [GeneratedRegex(@"[/\\]Host[/\\]")]
    private static partial Regex HostFolder();

    [GeneratedRegex(@"^(?!\s*//).*(?<!"")\bunsafe\b")] // the word as text is a part of URLs
    private static partial Regex Unsafe();

    [GeneratedRegex("<Project Path=\"(?<path>[^\"]+)\"")]
    private static partial Regex ProjectPath();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("(Include|Project|Path)=\"/[^/]")]
    private static partial Regex AbsolutePath();
}
