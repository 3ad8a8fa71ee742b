// SPDX-License-Identifier: Apache-2.0

using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

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

    /// <summary>This process's environment, without the runtime's diagnostic sockets, which would outlive a killed process in /tmp.</summary>
    internal static List<string> Environment()
    {
        const string diagnostics = "DOTNET_EnableDiagnostics";
        var result = new List<string> { diagnostics + "=0" };
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            if (entry.Key is not diagnostics)
                result.Add(string.Create(CultureInfo.InvariantCulture, $"{entry.Key}={entry.Value}"));
        }
        return result;
    }
}
