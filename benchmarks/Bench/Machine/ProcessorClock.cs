// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace Uaas.Bench.Machine;

/// <summary>Processor time of processes to the nanosecond: of thousands that do nearly nothing, the clock ticks of /proc/PID/stat would say little.</summary>
internal static class ProcessorClock
{
    /// <summary>What the processes' threads have used so far, by thread.</summary>
    internal static Dictionary<string, long> Read(IEnumerable<LivingProcess> processes)
    {
        var result = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (LivingProcess process in processes)
        {
            try
            {
                foreach (string thread in Directory.EnumerateDirectories($"/proc/{process.Id}/task"))
                    result[thread] = Nanoseconds(File.ReadAllText(Path.Combine(thread, "schedstat")));
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }
        return result;
    }

    /// <summary>What was used between two readings; of a thread that has ended since, nothing is known.</summary>
    internal static TimeSpan Between(Dictionary<string, long> from, Dictionary<string, long> to)
    {
        long sum = 0;
        foreach ((string thread, long time) in to)
            sum += time - from.GetValueOrDefault(thread);
        return TimeSpan.FromMicroseconds(sum / 1000.0);
    }

    /// <summary>The first number of schedstat: time on a processor.</summary>
    internal static long Nanoseconds(string text) => long.Parse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
}
