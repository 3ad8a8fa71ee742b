// SPDX-License-Identifier: Apache-2.0

using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Uaas.Cli.Serving;

/// <summary>How this very program is started once more.</summary>
internal static class OwnProgram
{
    /// <summary>The words of its command: its own executable, or <c>dotnet</c> and its assembly.</summary>
    internal static List<string> Command()
    {
        string executable = System.Environment.ProcessPath ?? throw new IOException("/proc/self/exe cannot be read");
        string assembly = Path.Combine(System.AppContext.BaseDirectory, "uaas.dll");
        return Path.GetFileNameWithoutExtension(executable) == "dotnet" ? [executable, assembly] : [executable];
    }

    /// <summary>Whether it was compiled ahead, as it is for use; for tests it is not.</summary>
    internal static bool IsPrecompiled => System.AppContext.TryGetSwitch("Uaas.IsPrecompiled", out bool isSo) && isSo;

    /// <summary>
    /// The environment of a process of its own: this one's, without the runtime's diagnostic sockets, which would outlive a killed process in /tmp. What was compiled
    /// ahead is used as it is: to compile it anew while it runs costs seconds of processor time, just when the first requests come. Only in one that
    /// passes on all requests that pays, and there for what has been called thousands of times; what was not compiled ahead (generic code over types of several
    /// libraries) is compiled once and well, for without optimization it was a third of a request; and its threads look for work for a microsecond or two
    /// before they sleep: for longer, they take the processor from the instance that they wait for.
    /// </summary>
    /// <param name="isBusy">Whether it is such a one.</param>
    internal static List<string> Environment(bool isBusy)
    {
        var settings = new Dictionary<string, string>(System.StringComparer.Ordinal);
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
            settings[(string)entry.Key] = (string?)entry.Value ?? "";
        settings["DOTNET_EnableDiagnostics"] = "0";

        // Whoever waits for the daemon is told by the daemon alone.
        settings.Remove("NOTIFY_SOCKET");
        if (IsPrecompiled)
        {
            settings["DOTNET_TieredCompilation"] = isBusy ? "1" : "0";
            settings["DOTNET_TC_QuickJit"] = "0";
            settings["DOTNET_TC_CallCountThreshold"] = "1000"; // in hexadecimal, as the next one
            settings["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = isBusy ? "8" : "0";
        }
        return [.. settings.Select(setting => $"{setting.Key}={setting.Value}")];
    }
}
