// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration.Reading;

/// <summary>Reads a service's settings: scale, resources, health, restart, rollout, queue.</summary>
/// <param name="service">The service.</param>
/// <param name="hasVolumes">Whether it has a volume, which one instance has at a time.</param>
/// <param name="isOne">Whether it has one instance unless it says otherwise.</param>
internal sealed class SettingsReader(KeyReader service, bool hasVolumes, bool isOne)
{
    internal const int MaxInstances = 1_000_000;
    internal static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    internal static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);
    private const long MaxMemory = 4096 * ResourceSettings.Mebibyte;
    private const long MinMemory = 2 * ResourceSettings.Mebibyte;

    /// <summary>A service with a volume has one instance at a time, since a volume has.</summary>
    internal ScaleSettings Scale()
    {
        ScaleSettings defaults = new() { Max = hasVolumes || isOne ? 1 : new ScaleSettings().Max };
        if (service.Find("scale") is YamlText fixedNumber)
        {
            int? number = service.ValueOf(fixedNumber, service.PathOf("scale"), $"a number from 1 to {MaxInstances}, or a mapping", Within(1, MaxInstances));
            RefuseSharedVolume(service, "scale", number);
            return number is { } n ? defaults with { Min = n, Max = n } : defaults;
        }
        if (service.Mapping("scale") is not { } keys)
            return defaults;
        int? min = Count(keys, "min", 0, MaxInstances);
        int? max = Count(keys, "max", 1, MaxInstances);
        ScaleSettings scale = new()
        {
            Min = min ?? defaults.Min,
            Max = max ?? Math.Max(defaults.Max, min ?? 0),
            Concurrency = Count(keys, "concurrency", 1, 100_000) ?? defaults.Concurrency,
            Idle = Duration(keys, "idle") ?? defaults.Idle,
            Window = Positive(keys, "window") ?? defaults.Window,
            Spares = Count(keys, "spares", 0, MaxInstances) ?? defaults.Spares,
        };
        keys.Finish();
        if (scale.Min > scale.Max)
            keys.Refuse("min", $"{keys.PathOf("min")} is {scale.Min}, more than max, {scale.Max}");
        else if (scale.Spares > scale.Max)
            keys.Refuse("spares", $"{keys.PathOf("spares")} is {scale.Spares}, more than max, {scale.Max}");
        RefuseSharedVolume(keys, "max", max is null && min is null ? null : scale.Max);
        return scale;
    }

    internal ResourceSettings Resources(int defaultMebibytes)
    {
        long defaultMemory = defaultMebibytes * ResourceSettings.Mebibyte;
        ResourceSettings defaults = new() { MemoryBytes = defaultMemory, ReservedMemoryBytes = defaultMemory };
        if (service.Mapping("resources") is not { } keys)
            return defaults;
        KeyReader? reserve = keys.Mapping("reserve");
        long memory = keys.Value("memory", "2MiB to 4GiB, in whole MiB", Memory) ?? defaultMemory;
        int cpu = keys.Value("cpu", "cores like 2 or 0.5, or thousandths like 250m", Values.Millicores) ?? defaults.CpuMillicores;
        ResourceSettings resources = new()
        {
            MemoryBytes = memory,
            CpuMillicores = cpu,
            ReservedMemoryBytes = reserve?.Value("memory", Values.BytesForm, Values.Bytes) ?? memory,
            ReservedCpuMillicores = reserve?.Value("cpu", "cores like 2 or 0.5, or thousandths like 250m", Values.Millicores) ?? defaults.ReservedCpuMillicores,
        };
        reserve?.Finish();
        keys.Finish();
        if (resources.ReservedMemoryBytes > memory)
            reserve!.Refuse("memory", $"{reserve.PathOf("memory")} is more than an instance has");
        if (resources.ReservedMemoryBytes < ResourceSettings.Mebibyte)
            reserve!.Refuse("memory", $"{reserve.PathOf("memory")} has to be at least 1MiB");
        if (resources.ReservedCpuMillicores > cpu)
            reserve!.Refuse("cpu", $"{reserve.PathOf("cpu")} is more than an instance may use");
        return resources;
    }

    internal HealthSettings Health()
    {
        HealthSettings defaults = new();
        if (service.Find("health") is YamlText text)
            return defaults with { Path = HealthPath(service, "health", text.Value) };
        if (service.Mapping("health") is not { } keys)
            return defaults;
        HealthSettings health = new()
        {
            Path = keys.Text("path") is { } path ? HealthPath(keys, "path", path) : null,
            Deadline = UpToAnHour(keys, "deadline") ?? defaults.Deadline,
            Interval = keys.Value<TimeSpan>("interval", $"{Values.DurationForm}, from 1s to 1h", static text => Values.Duration(text) is { } time && time >= ShortestInterval && time <= LongestWait ? time : null),
            Failures = Count(keys, "failures", 1, 100) ?? defaults.Failures,
        };
        keys.Finish();
        if (health.Interval is not null && !keys.Has("path"))
            keys.Refuse("interval", $"{keys.PathOf("interval")} goes with 'path', which is missing");
        return health;
    }

    internal RestartSettings Restart()
    {
        RestartSettings defaults = new();
        if (service.Mapping("restart") is not { } keys)
            return defaults;
        RestartSettings restart = new()
        {
            Backoff = Positive(keys, "backoff") ?? defaults.Backoff,
            MaxBackoff = Positive(keys, "max-backoff") ?? defaults.MaxBackoff,
            Settle = Positive(keys, "settle") ?? defaults.Settle,
            CrashLoop = Count(keys, "crash-loop", 2, 1000) ?? defaults.CrashLoop,
        };
        keys.Finish();
        if (restart.Backoff > restart.MaxBackoff)
            keys.Refuse("backoff", $"{keys.PathOf("backoff")} is longer than max-backoff");
        return restart;
    }

    internal RolloutSettings Rollout()
    {
        RolloutSettings defaults = hasVolumes ? new() { MaxSurge = 0, MaxUnavailable = 1 } : new();
        if (service.Mapping("rollout") is not { } keys)
            return defaults;
        RolloutSettings rollout = new()
        {
            MaxSurge = Count(keys, "max-surge", 0, MaxInstances) ?? defaults.MaxSurge,
            MaxUnavailable = Count(keys, "max-unavailable", 0, MaxInstances) ?? defaults.MaxUnavailable,
            Deadline = Positive(keys, "deadline") ?? defaults.Deadline,
            AutoUndo = keys.Truth("undo") ?? defaults.AutoUndo,
            History = Count(keys, "history", 1, 1000) ?? defaults.History,
        };
        keys.Finish();
        if (rollout is { MaxSurge: 0, MaxUnavailable: 0 })
            keys.Refuse("max-surge", $"{keys.Path}: with max-surge and max-unavailable both 0, no instance could ever be replaced");
        if (hasVolumes && rollout.MaxSurge > 0)
            keys.Refuse("max-surge", $"{keys.PathOf("max-surge")} has to be 0: one instance has the volume at a time");
        return rollout;
    }

    internal QueueSettings Queue()
    {
        QueueSettings defaults = new();
        if (service.Mapping("queue") is not { } keys)
            return defaults;
        QueueSettings queue = new() { Length = Count(keys, "length", 0, 1_000_000) ?? defaults.Length, Deadline = UpToAnHour(keys, "deadline") ?? defaults.Deadline };
        keys.Finish();
        return queue;
    }

    internal static int? Count(KeyReader keys, string key, int least, int most) => keys.Value<int>(key, $"a number from {least} to {most}", Within(least, most));

    private static Func<string, int?> Within(int least, int most) => text => Values.Count(text) is { } n && n >= least && n <= most ? n : null;

    private static TimeSpan? Duration(KeyReader keys, string key) => keys.Value(key, Values.DurationForm, Values.Duration);

    private static TimeSpan? Positive(KeyReader keys, string key) =>
        keys.Value<TimeSpan>(key, $"{Values.DurationForm}, longer than nothing", static text => Values.Duration(text) is { } duration && duration > TimeSpan.Zero ? duration : null);

    /// <summary>A time for which somebody is kept waiting.</summary>
    private static TimeSpan? UpToAnHour(KeyReader keys, string key) =>
        keys.Value<TimeSpan>(key, $"{Values.DurationForm}, longer than nothing and at most 1h", static text => Values.Duration(text) is { } time && time > TimeSpan.Zero && time <= LongestWait ? time : null);

    private static long? Memory(string text) => Values.Bytes(text) is { } bytes && bytes is >= MinMemory and <= MaxMemory && bytes % ResourceSettings.Mebibyte == 0 ? bytes : null;

    private static string? HealthPath(KeyReader keys, string key, string text)
    {
        if (text.StartsWith('/') && Values.IsWord(text))
            return text;
        keys.Refuse(key, $"{keys.PathOf(key)} has to be a path like /healthz, not '{KeyReader.Shorten(text)}'");
        return null;
    }

    private void RefuseSharedVolume(KeyReader keys, string key, int? max)
    {
        if (hasVolumes && max > 1)
            keys.Refuse(key, $"{keys.PathOf(key)}: one instance has a volume at a time, so there is at most 1");
    }
}
