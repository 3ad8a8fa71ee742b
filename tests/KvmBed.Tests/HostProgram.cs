// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace Uaas.KvmBed;

/// <summary>A program of this machine, with all that it needs to run elsewhere.</summary>
internal static class HostProgram
{
    /// <summary>The program's path and those of the libraries it is linked with.</summary>
    internal static IEnumerable<string> FilesOf(string program)
    {
        yield return program;
        using Process ldd = Process.Start(new ProcessStartInfo("ldd", [program]) { RedirectStandardOutput = true })!;
        string output = ldd.StandardOutput.ReadToEnd();
        ldd.WaitForExit();
        foreach (string line in output.Split('\n'))
        {
            // "libz.so.1 => /lib/…/libz.so.1 (0x…)", or the loader's path alone.
            string? path = line.Split(' ', '\t').FirstOrDefault(word => word.StartsWith('/'));
            if (path is not null && File.Exists(path)) yield return path;
        }
    }
}
