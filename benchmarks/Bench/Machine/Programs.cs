// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Uaas.Linux;

namespace Uaas.Bench.Machine;

/// <summary>Programs of the system.</summary>
internal static class Programs
{
    private const string UsualFolders = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static readonly TimeSpan CommandTime = TimeSpan.FromMinutes(3);

    /// <summary>The program's path; null where it is not installed.</summary>
    internal static string? Find(string name)
    {
        foreach (string folder in $"{Environment.GetEnvironmentVariable("PATH")}:{UsualFolders}".Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
                return path;
        }
        return null;
    }

    /// <summary>The program's path.</summary>
    /// <exception cref="UaasException">It is not installed.</exception>
    internal static string Require(string name) =>
        Find(name) ?? throw new UaasException(Failure.Monitor, $"{name} is not installed", "./uaas bench installs it; or: apt-get install wrk nginx-light qemu-system-x86");

    /// <summary>Runs a program to its end in the calling thread's network namespace and returns what it printed.</summary>
    /// <exception cref="UaasException">It failed, or took longer than three minutes.</exception>
    internal static string Run(string name, params IReadOnlyList<string> arguments)
    {
        string file = Path.GetTempFileName();
        try
        {
            using var output = File.OpenHandle(file, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
            using ChildProcess child = ChildProcess.Start(new ChildProcessStart { Program = Require(name), Arguments = arguments, Output = output });
            if (!child.Exited.Wait(CommandTime))
                throw new UaasException(Failure.Monitor, $"{name} {string.Join(' ', arguments)} did not end");
            string text = File.ReadAllText(file);
            return child.Exited.Result.ShellCode == 0 ? text : throw new UaasException(Failure.Monitor, $"{name} {string.Join(' ', arguments)}: {text.Trim()}");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
