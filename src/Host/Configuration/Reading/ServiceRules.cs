// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration.Reading;

/// <summary>What holds for each service by itself, wherever it came from.</summary>
internal static class ServiceRules
{
    private const int MaxItems = 1000;
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(3650);

    internal static void Check(ServiceDefinition service, ErrorList errors)
    {
        Checker check = new($"services.{KeyReader.Shorten(service.Name)}", errors);
        check.That(Values.IsName(service.Name), "name", "has to be of lower-case letters, digits and '-', at most 63");
        CheckSources(service, check);
        if (!CheckSizes(service, check))
            return;
        CheckConnections(service, check);
        CheckScale(service, check);
        CheckResources(service.Resources, check);
        CheckLife(service, check);
    }

    private static void CheckSources(ServiceDefinition service, Checker check)
    {
        string value = service.Image.Value;
        check.That(service.Image.Kind switch
        {
            ImageKind.BuiltIn => ServiceReader.BuiltInImages.Contains(value),
            ImageKind.Reference => ImageReference.IsValid(value),
            ImageKind.Project or ImageKind.File => IsPath(value),
            _ => false,
        }, "image", "is no image");
        check.That(service.Content is null || IsPath(service.Content), "content", "has to be an absolute path");
        check.That(service.Config is null || (IsPath(service.Config) && service.Content is not null), "config", "has to be an absolute path, and goes with content");
        check.That(Enum.IsDefined(service.Vmm), "vmm", "is none");
    }

    /// <summary>Nothing has more entries than a file may have, and no entry is missing.</summary>
    private static bool CheckSizes(ServiceDefinition service, Checker check)
    {
        return Holds(service.Routes, "route") & Holds(service.Ports.Tcp, "ports") & Holds(service.Arguments, "args") & Holds(service.Links, "links") & Holds(service.Egress, "egress")
            & Holds(service.Volumes, "volumes") & Holds([.. service.Environment.Values], "env") & Holds([.. service.Secrets.Values], "secrets");

        bool Holds<T>(IReadOnlyList<T> items, string key) =>
            check.That(items.Count <= MaxItems && items.All(static item => item is not null), key, $"has at most {MaxItems} entries, none of them null");
    }

    private static void CheckConnections(ServiceDefinition service, Checker check)
    {
        foreach (Route route in service.Routes)
        {
            check.That(route.Host is null || Values.Host(route.Host) == route.Host, "route", "has a host that is none");
            check.That(Values.RoutePath(route.Path) == route.Path, "route", "has a path that is none");
            check.That(route.Extensions.All(static extension => extension is { Length: >= 1 and <= 16 } && extension.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))), "route", "has an extension that is none");
        }
        check.That(service.Ports.Http is not { } http || IsPort(http), "ports.http", "is no port");
        check.That(service.Ports.Http is not null || service.Routes.Count == 0, "route", "needs an HTTP port");
        check.That(service.Ports.Tcp.All(static port => Values.IsName(port.Name) && IsPort(port.Listen) && IsPort(port.Port)), "ports", "has one that is none");
        check.That(service.Links.All(link => IsPort(link.Port) && IsPort(link.TargetPort) && link.Service != service.Name), "links", "has one that is none, or leads to the service itself");
        check.That(service.Links.Select(static link => link.Port).Distinct().Count() == service.Links.Count, "links", "has a port that is linked twice");
        check.That(service.Egress.All(static rule => Values.Egress(rule.Port is { } port ? $"{rule.Network}:{port}" : rule.Network) == rule), "egress", "has a network that is none");
        check.That(service.Environment.All(static pair => Values.IsVariable(pair.Key) && !pair.Value.Contains('\0')), "env", "has a variable that is none");
        check.That(service.Secrets.All(pair => Values.IsVariable(pair.Key) && IsPath(pair.Value) && !service.Environment.ContainsKey(pair.Key)), "secrets", "has one that is none, or is in env too");
        check.That(service.Arguments.All(static word => Values.IsWord(word) && !ServiceReader.ReservedWords.Contains(word.Split('=')[0])), "args", "has a word that is none, or that the node sets");
    }

    private static void CheckScale(ServiceDefinition service, Checker check)
    {
        ScaleSettings scale = service.Scale;
        check.That(scale is { Min: >= 0, Max: >= 1 and <= SettingsReader.MaxInstances } && scale.Min <= scale.Max, "scale", "has to have 0 ≤ min ≤ max ≤ 1000000, and max at least 1");
        check.That(scale.Spares >= 0 && scale.Spares <= scale.Max, "scale.spares", "has to be from 0 to max");
        check.That(scale.Concurrency is >= 1 and <= 100_000, "scale.concurrency", "has to be from 1 to 100000");
        check.That(scale.Idle >= TimeSpan.Zero && scale.Idle <= s_longest, "scale.idle", "has to be a time of at most ten years");
        check.That(IsTime(scale.Window), "scale.window", "has to be a time of at most ten years");
        check.That(service.Volumes.All(static volume => Values.IsName(volume.Name) && Values.IsName(volume.Device) && volume.SizeBytes is >= 1 << 20 and <= 1L << 50), "volumes", "has one that is none");
        check.That(service.Volumes.Select(static volume => volume.Name).Distinct().Count() == service.Volumes.Count, "volumes", "has two of one name");
        check.That(service.Volumes.Select(static volume => volume.Device).Append(VolumeDefinition.ContentDevice).Distinct().Count() == service.Volumes.Count + 1, "volumes", "has two for one device, or one for the device of the content");
        check.That(service.Volumes.Count == 0 || (scale.Max == 1 && service.Rollout.MaxSurge == 0), "volumes", "are for one instance at a time: scale.max has to be 1, rollout.max-surge 0");
    }

    private static void CheckResources(ResourceSettings resources, Checker check)
    {
        const long mebibyte = ResourceSettings.Mebibyte;
        check.That(resources.MemoryBytes is >= 2 * mebibyte and <= 4096 * mebibyte && resources.MemoryBytes % mebibyte == 0, "resources.memory", "has to be 2MiB to 4GiB, in whole MiB");
        check.That(resources.CpuMillicores is >= 1 and <= 1_024_000, "resources.cpu", "has to be from 1m to 1024 cores");
        check.That(resources.ReservedMemoryBytes >= mebibyte && resources.ReservedMemoryBytes <= resources.MemoryBytes, "resources.reserve.memory", "has to be at least 1MiB, and no more than an instance has");
        check.That(resources.ReservedCpuMillicores >= 1 && resources.ReservedCpuMillicores <= resources.CpuMillicores, "resources.reserve.cpu", "has to be at least 1m, and no more than an instance may use");
    }

    private static void CheckLife(ServiceDefinition service, Checker check)
    {
        check.That(service.Health.Path is null || (service.Health.Path.StartsWith('/') && Values.IsWord(service.Health.Path)), "health.path", "has to be a path like /healthz");
        check.That(IsTime(service.Health.Deadline) && service.Health.Deadline <= SettingsReader.LongestWait, "health.deadline", "has to be a time of at most 1h");
        TimeSpan? interval = service.Health.Interval;
        check.That(interval is null || (interval >= SettingsReader.ShortestInterval && interval <= SettingsReader.LongestWait && service.Health.Path is not null), "health.interval", "has to be a time from 1s to 1h, and goes with a path");
        check.That(service.Health.Failures is >= 1 and <= 100, "health.failures", "has to be from 1 to 100");
        RestartSettings restart = service.Restart;
        check.That(IsTime(restart.Backoff) && IsTime(restart.MaxBackoff) && IsTime(restart.Settle) && restart.Backoff <= restart.MaxBackoff, "restart", "has to have times of at most ten years, backoff no longer than max-backoff");
        check.That(restart.CrashLoop is >= 2 and <= 1000, "restart.crash-loop", "has to be from 2 to 1000");
        RolloutSettings rollout = service.Rollout;
        check.That(rollout is { MaxSurge: >= 0 and <= SettingsReader.MaxInstances, MaxUnavailable: >= 0 and <= SettingsReader.MaxInstances } and not { MaxSurge: 0, MaxUnavailable: 0 }, "rollout", "has to let an instance be replaced: max-surge or max-unavailable more than 0");
        check.That(IsTime(rollout.Deadline) && rollout.History is >= 1 and <= 1000, "rollout", "has to have a deadline, and a history of 1 to 1000");
        check.That(service.Queue.Length is >= 0 and <= 1_000_000 && IsTime(service.Queue.Deadline) && service.Queue.Deadline <= SettingsReader.LongestWait, "queue", "has to have a length of 0 to 1000000, and a deadline of at most 1h");
        check.That(service.Drain >= TimeSpan.Zero && service.Drain <= s_longest, "drain", "has to be a time of at most ten years");
    }

    private static bool IsTime(TimeSpan time) => time > TimeSpan.Zero && time <= s_longest;

    private static bool IsPort(int port) => port is >= 1 and <= 65_535;

    internal static bool IsPath(string? text) => text is not null && text.Length is >= 1 and <= 4096 && !text.Any(char.IsControl) && Path.IsPathFullyQualified(text);

    private readonly struct Checker(string path, ErrorList errors)
    {
        internal bool That(bool holds, string key, string message)
        {
            if (!holds)
                DeploymentRules.Add(errors, $"{path}.{key}", message);
            return holds;
        }
    }
}
