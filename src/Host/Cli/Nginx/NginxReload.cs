// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Uaas.Linux;

namespace Uaas.Cli.Nginx;

/// <summary>
/// Has the nginx that runs take its configuration anew, and waits until it has: from then on no request is taken by the one before. So a service that is in the new one alone can be applied
/// next, and one that was in the old one alone be taken away.
/// </summary>
internal static class NginxReload
{
    private const string Leaving = "is shutting down";

    private static readonly TimeSpan s_within = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Reloads; the exit code.</summary>
    /// <param name="nginx">The program.</param>
    /// <param name="command">Its arguments, which name folder and configuration.</param>
    /// <param name="folder">The folder with its pid file.</param>
    internal static int Run(string nginx, IReadOnlyList<string> command, string folder)
    {
        int master = FindMaster(folder);
        HashSet<int> before = [.. Workers(master)];
        using var reload = Process.Start(new ProcessStartInfo(nginx, [.. command, "-s", "reload"]))!;
        reload.WaitForExit();
        if (reload.ExitCode != 0)
            throw new UaasException(Failure.Configuration, "nginx does not take the configuration", "it says above what is wrong");
        long start = Stopwatch.GetTimestamp();
        while (!IsTaken(master, before))
        {
            if (Stopwatch.GetElapsedTime(start) > s_within)
                throw new UaasException(Failure.Daemon, $"nginx (process {master}) has no new workers after {s_within.TotalSeconds:0} s: it goes on with what it had", "its error log says why");
            Thread.Sleep(s_pause);
        }
        return ExitCode.Ok;
    }

    /// <summary>Whether there are new workers, and the old ones take nothing more.</summary>
    private static bool IsTaken(int master, HashSet<int> before)
    {
        List<int> now = [.. Workers(master)];
        return now.Any(worker => !before.Contains(worker)) && now.Where(before.Contains).All(worker => Title(worker) is not { } title || title.Contains(Leaving, StringComparison.Ordinal));
    }

    private static int FindMaster(string folder)
    {
        try
        {
            int master = int.Parse(File.ReadAllText(Path.Combine(folder, "nginx.pid")), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
            if (Title(master)?.Contains("nginx", StringComparison.Ordinal) is true)
                return master;
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            // Then there is none.
        }
        throw new UaasException(Failure.Daemon, $"no nginx runs on {folder}", "start it: uaas nginx");
    }

    private static IEnumerable<int> Workers(int master)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{master}/task/{master}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static number => int.Parse(number, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            throw new UaasException(Failure.Daemon, $"nginx (process {master}) has ended");
        }
    }

    private static string? Title(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
