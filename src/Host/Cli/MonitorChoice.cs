// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>Turns the word given with --vmm into a monitor that works here.</summary>
/// <param name="doctor">Examines monitors.</param>
/// <param name="cache">Remembers what <c>auto</c> found.</param>
/// <param name="cacheKey">What that hangs on.</param>
internal sealed class MonitorChoice(Doctor doctor, DoctorCache cache, string cacheKey)
{
    /// <summary>The first monitor that the word allows and that works.</summary>
    /// <exception cref="UaasException">None does; the message says why for each.</exception>
    internal async Task<Monitor> ChooseAsync(string word)
    {
        if (word != "auto")
            return await FirstUsableAsync(word, FindObstacleAsync).ConfigureAwait(false);

        // Order of preference, so that what is cached is what a full examination would choose.
        if (cache.Read(cacheKey) is { } known && Monitor.ByPreference.FirstOrDefault(monitor => monitor.Key == known) is { } remembered)
            return remembered;
        Monitor chosen = await FirstUsableAsync(word, ExamineAsync).ConfigureAwait(false);
        cache.Write(cacheKey, chosen.Key);
        return chosen;
    }

    /// <summary>The first monitor that the word allows, that works, and that the image has a kernel for.</summary>
    /// <param name="word">What the person asked for.</param>
    /// <param name="has">Whether the image has a kernel for a monitor.</param>
    /// <exception cref="UaasException">There is none; the message says why for each.</exception>
    internal async Task<Monitor> ChooseAsync(string word, Func<Monitor, bool> has)
    {
        Monitor[] possible = [.. Monitor.ByPreference.Where(has)];
        if (possible.Length == Monitor.ByPreference.Count)
            return await ChooseAsync(word).ConfigureAwait(false);
        return await FirstUsableAsync(word, monitor => possible.Contains(monitor) ? FindObstacleAsync(monitor)
            : Task.FromResult<MonitorReport?>(new MonitorReport(monitor.Key, monitor.Title, false, null, "the image has no kernel for it", null))).ConfigureAwait(false);
    }

    private Task<MonitorReport?> FindObstacleAsync(Monitor monitor) => Task.FromResult(doctor.FindObstacle(monitor));

    private async Task<MonitorReport?> ExamineAsync(Monitor monitor) => await doctor.ExamineAsync(monitor).ConfigureAwait(false) is { Usable: false } report ? report : null;

    /// <param name="word">What the person asked for.</param>
    /// <param name="findObstacle">Says why a monitor cannot be taken; null where it can.</param>
    private static async Task<Monitor> FirstUsableAsync(string word, Func<Monitor, Task<MonitorReport?>> findObstacle)
    {
        var obstacles = new List<MonitorReport>();
        foreach (Monitor candidate in Monitor.ByPreference.Where(monitor => word == "auto" || monitor.Name == word))
        {
            if (await findObstacle(candidate).ConfigureAwait(false) is not { } obstacle)
                return candidate;
            obstacles.Add(obstacle);
        }
        string reasons = string.Join("", obstacles.Select(report => $"\n  {report.Monitor}: {report.Detail}"));
        string what = word == "auto" ? "no monitor works here" : $"{word} does not work here";
        throw new UaasException(Failure.Monitor, what + reasons, obstacles.Select(report => report.Remedy).FirstOrDefault(remedy => remedy is not null));
    }
}
