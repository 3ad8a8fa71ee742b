// SPDX-License-Identifier: Apache-2.0

using System.Collections;
using System.Collections.Generic;
using System.IO;

namespace Uaas.Cli;

/// <summary>How this very program is started once more.</summary>
internal static class OwnProgram
{
    // In hexadecimal, as the runtime reads it.
    private const string SpinLimit = "DOTNET_ThreadPool_UnfairSemaphoreSpinLimit";

    /// <summary>Its executable.</summary>
    internal static string Path => System.Environment.ProcessPath ?? throw new IOException("/proc/self/exe cannot be read");

    /// <summary>The environment of a process of its own: this one's, without what is this one's alone.</summary>
    /// <param name="isBusy">
    /// Whether all requests pass through it. Then its threads look for work for a microsecond or two before they sleep; others do not, and none does so for longer: it
    /// would take the processor from the instance that it waits for.
    /// </param>
    internal static List<string> Environment(bool isBusy)
    {
        var settings = new List<string>();
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            // Whoever waits for the daemon is told by the daemon alone.
            if (entry.Key is not ("NOTIFY_SOCKET" or SpinLimit))
                settings.Add($"{entry.Key}={entry.Value}");
        }
        if (isBusy)
            settings.Add($"{SpinLimit}=8");
        return settings;
    }
}
