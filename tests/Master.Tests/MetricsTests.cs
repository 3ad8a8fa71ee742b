// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Uaas.Master.Api;
using Uaas.Protocol.Agent;
using Uaas.Protocol.Front;

namespace Uaas.Master.Tests;

/// <summary>What Prometheus is told: all of it, in its form, and true.</summary>
public sealed partial class MetricsTests : IDisposable
{
    private readonly ControlBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void The_text_is_of_Prometheuss_form()
    {
        Serve();
        Families(Metrics.Write(_bed.Control));
    }

    [Fact]
    public void Everything_that_there_is_is_told()
    {
        string instance = Serve();
        Dictionary<string, List<Sample>> families = Families(Metrics.Write(_bed.Control));
        Assert.Equal(1, Value(families, "uaas_fronts"));
        Assert.Equal(1, Value(families, "uaas_service_instances_ready", ("service", "site")));
        Assert.Equal(1, Value(families, "uaas_instances", ("service", "site"), ("state", "running")));
        Assert.Equal(0, Value(families, "uaas_instances", ("service", "site"), ("state", "draining")));
        Assert.Equal(3, Value(families, "uaas_instance_requests", ("instance", instance)));
        Assert.Equal(500_000, Value(families, "uaas_instance_memory_bytes", ("instance", instance)));
        Assert.Equal(0.25, Value(families, "uaas_instance_cpu_seconds_total", ("instance", instance)));
        Assert.Equal(0.0015, Value(families, "uaas_instance_start_seconds", ("instance", instance)));
        Assert.Equal(1, Value(families, "uaas_wake_seconds", ("le", "0.0015")));
        Assert.Equal(0, Value(families, "uaas_service_restarts_total", ("service", "site")));
        _bed.Ended(instance);
        families = Families(Metrics.Write(_bed.Control));
        Assert.Equal(1, Value(families, "uaas_service_restarts_total", ("service", "site")));
    }

    [Fact]
    public void Requests_are_added_up_over_fronts_that_come_and_go()
    {
        _bed.Connect();
        _bed.Want();
        TestFront one = _bed.Front("one"), other = _bed.Front("other");
        one.Say(Stats(took: 0, count: 5, code: 2));
        one.Say(Stats(took: 0, count: 7, code: 2));
        other.Say(Stats(took: 14, count: 3, code: 5));
        Assert.Equal((7, 3, 10), Requests());

        // A front that is started anew counts from nothing.
        _bed.Control.OnFrontGone(other.Session);
        other = _bed.Front("other");
        other.Say(Stats(took: 0, count: 2, code: 2));
        Assert.Equal((9, 3, 12), Requests());
        Assert.Throws<FormatException>(() => other.Say("STATS service=site seconds=1,2 sum_us=0 codes=0,0,0,0,0"));
        Assert.Throws<FormatException>(() => other.Say(Stats(0, 1, 2).Replace("codes=", "codes=x", StringComparison.Ordinal)));

        (double, double, double) Requests()
        {
            Dictionary<string, List<Sample>> families = Families(Metrics.Write(_bed.Control));
            return (Value(families, "uaas_requests_total", ("code", "2xx")), Value(families, "uaas_requests_total", ("code", "5xx")), Value(families, "uaas_request_seconds", ("le", "+Inf")));
        }
    }

    private static string Stats(int took, int count, int code)
    {
        long[] buckets = new long[RequestStatistics.Bounds.Count + 1], codes = new long[RequestStatistics.CodeClasses];
        buckets[took] = codes[code - 1] = count;
        return $"STATS service=site seconds={string.Join(',', buckets)} sum_us={count * 100} codes={string.Join(',', codes)}";
    }

    /// <summary>A service with one instance that was started for a request, is busy and was measured; its name.</summary>
    private string Serve()
    {
        _bed.Connect();
        _bed.Want();
        TestFront front = _bed.Front();
        front.Say("WANT seq=1 service=site");
        string instance = _bed.Told<AgentCommand.Start>().Single().Instance;
        _bed.Started(instance);
        front.Say($"UP instance={instance} wait_us=1500");
        front.Say($"USE instance={instance} active=3");
        _bed.Control.OnAgent(new AgentEvent.Costs([new InstanceCost(instance, 500_000, 250)]));
        return instance;
    }

    private static double Value(Dictionary<string, List<Sample>> families, string family, params (string Name, string Value)[] labels)
    {
        List<Sample> found = [.. families[family].Where(sample => labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value))];
        Assert.True(found.Count == 1, $"{family} {string.Join(',', labels)}: {found.Count} samples");
        return found[0].Value;
    }

    /// <summary>Reads the text format 0.0.4, and fails at what is not of it.</summary>
    private static Dictionary<string, List<Sample>> Families(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var families = new Dictionary<string, List<Sample>>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string name = "", type = "";
        foreach (string line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                name = line.Split(' ')[2];
                Assert.Matches("^[a-zA-Z_:][a-zA-Z0-9_:]*$", name);
                Assert.True(families.TryAdd(name, []), $"{name} is there twice");
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Equal(name, line.Split(' ')[2]);
                type = line.Split(' ')[3];
                Assert.Contains(type, new[] { "gauge", "counter", "histogram" });
                Assert.True(type != "counter" || name.EndsWith("_total", StringComparison.Ordinal), $"the counter {name} has another ending than _total");
            }
            else
            {
                Assert.True(seen.Add(line.Split(' ')[0]), $"twice: {line}");
                Match match = SampleLine().Match(line);
                Assert.True(match.Success, $"no sample: {line}");
                string sample = match.Groups["name"].Value;
                Assert.True(sample == name || (type == "histogram" && new[] { "_bucket", "_sum", "_count" }.Any(ending => sample == name + ending)), $"{sample} is not of {name}");
                families[name].Add(new Sample(sample, LabelPair().Matches(match.Groups["labels"].Value).ToDictionary(pair => pair.Groups[1].Value, pair => pair.Groups[2].Value), double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)));
            }
        }
        foreach (List<Sample> samples in families.Values)
            RequireHistograms(samples);
        return families;
    }

    /// <summary>Buckets grow, and the last is the count.</summary>
    private static void RequireHistograms(List<Sample> samples)
    {
        string Series(Sample sample) => string.Join(',', sample.Labels.Where(label => label.Key != "le").OrderBy(label => label.Key, StringComparer.Ordinal));
        foreach (IGrouping<string, Sample> series in samples.Where(sample => sample.Name.EndsWith("_bucket", StringComparison.Ordinal)).GroupBy(Series))
        {
            double[] bounds = [.. series.Select(sample => sample.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(sample.Labels["le"], CultureInfo.InvariantCulture))];
            Assert.Equal(bounds.Order(), bounds);
            Assert.Equal(double.PositiveInfinity, bounds[^1]);
            double[] counts = [.. series.Select(sample => sample.Value)];
            Assert.Equal(counts.Order(), counts);
            Assert.Equal(counts[^1], samples.Single(sample => sample.Name.EndsWith("_count", StringComparison.Ordinal) && Series(sample) == series.Key).Value);
        }
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>([a-zA-Z_][a-zA-Z0-9_]*="[^"\\\n]*",?)+)\})? (?<value>[-+0-9.eE]+)$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="([^"]*)",?""")]
    private static partial Regex LabelPair();

    private sealed record Sample(string Name, Dictionary<string, string> Labels, double Value);
}
