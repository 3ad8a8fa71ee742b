// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text.Json;
using Uaas.Bench.Results;
using Xunit;

namespace Uaas.Bench.Tests;

public sealed class ResultsTests
{
    [Theory]
    [InlineData(new double[] { 5 }, 5, 5, 5)]
    [InlineData(new double[] { 3, 1, 2 }, 2, 1, 3)]
    [InlineData(new double[] { 4, 1, 2, 3 }, 2.5, 1, 4)]
    public void MedianLeastAndGreatestOfFewSamples(double[] samples, double median, double least, double greatest)
    {
        Summary summary = Summary.Of(samples);
        Assert.Equal((median, least, greatest, samples.Length), (summary.Median, summary.Least, summary.Greatest, summary.Count));
        Assert.Equal(greatest, summary.P99);
    }

    [Fact]
    public void PercentileIsTheNearestRank()
    {
        double[] sorted = new double[200];
        for (int i = 0; i < sorted.Length; i++)
            sorted[i] = i + 1;
        Assert.Equal(198, Summary.Percentile(sorted, 99));
        Assert.Equal(100.5, Summary.Percentile(sorted, 50));
    }

    [Fact]
    public void NothingMeasuredIsAnErrorAndNotZero() => Assert.Throws<ArgumentException>(() => Summary.Of([]));

    [Theory]
    [InlineData((int)Better.More, 99, false)]
    [InlineData((int)Better.More, 100, true)]
    [InlineData((int)Better.Less, 100, true)]
    [InlineData((int)Better.Less, 101, false)]
    public void RelativeBarIsReachedOnItsOwnSide(int better, double ours, bool met)
    {
        Comparison comparison = new Comparison("load", "small", "requests/s", (Better)better).WithOurs("us", [ours]).WithPeer("them", [100]).WithGoal(new Goal(1, "them"));
        Assert.Equal(met, comparison.Goals[0].IsMet(comparison));
    }

    [Fact]
    public void AbsoluteBarComparesTheMedian()
    {
        Comparison comparison = new Comparison("start", "first answer", "ms", Better.Less).WithOurs("us", [1, 2, 100]).WithGoal(new Goal(3));
        Assert.True(comparison.Goals[0].IsMet(comparison));
        Assert.Equal("≤ 3 ms", comparison.Goals[0].Describe(comparison));
    }

    [Fact]
    public void WhatWasNotMeasuredReachesNoBarAndMissesNone()
    {
        var report = new Report();
        Comparison comparison = new Comparison("start", "first answer", "ms", Better.Less).WithoutOurs("not built").WithPeer("them", [7]).WithGoal(new Goal(0.5, "them"));
        report.Add(comparison);
        Assert.Null(comparison.Goals[0].IsMet(comparison));
        Assert.Equal(0, report.MissedGoals);
    }

    [Fact]
    public void JsonHasEveryFigureWithItsRatioToThePeer()
    {
        var report = new Report();
        report.Add(new Comparison("load", "small", "requests/s", Better.More).WithOurs("us", [130]).WithPeer("them", [100]).WithGoal(new Goal(1, "them")));
        using JsonDocument document = JsonDocument.Parse(ReportJson.Serialize(report, new Dictionary<string, string> { ["kernel"] = "6" }));
        JsonElement entry = document.RootElement.GetProperty("results")[0];
        Assert.Equal(130, entry.GetProperty("ours").GetProperty("summary").GetProperty("median").GetDouble());
        Assert.Equal(1.3, entry.GetProperty("peers")[0].GetProperty("oursDividedByPeer").GetDouble(), 6);
        Assert.True(entry.GetProperty("bars")[0].GetProperty("met").GetBoolean());
        Assert.Equal("6", document.RootElement.GetProperty("machine").GetProperty("kernel").GetString());
    }

    [Fact]
    public void MarkdownSaysWhetherABarIsReached()
    {
        var report = new Report();
        report.Add(new Comparison("load", "small", "requests/s", Better.More).WithOurs("us", [80]).WithPeer("them", [100]).WithGoal(new Goal(1, "them")).WithGoal(new Goal(50)));
        string text = ReportMarkdown.Render(report, new Dictionary<string, string>());
        Assert.Contains("| load: small | **80.0** requests/s | them: 100 (0.80 ×) | ≥ 1 × them: **missed**<br>≥ 50 requests/s: reached |\n", text, System.StringComparison.Ordinal);
    }
}
