// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Uaas.Master.Api;

/// <summary>Reads what the agent wrote of the consoles of a service: lines of the form <c>TIME INSTANCE TEXT</c>.</summary>
internal static class LogFiles
{
    /// <summary>The last lines, oldest first.</summary>
    internal static IReadOnlyList<LogLine> Tail(string folder, string service, int count)
    {
        string path = Path.Combine(folder, $"{service.Replace('/', '.')}.log");
        var lines = new Queue<string>(count);
        foreach (string file in new[] { path + ".1", path }.Where(File.Exists))
        {
            foreach (string line in ReadLines(file))
            {
                if (lines.Count == count && !lines.TryDequeue(out _))
                    break;
                lines.Enqueue(line);
            }
        }
        return [.. lines.Select(Parse)];
    }

    private static LogLine Parse(string line)
    {
        string[] parts = line.Split(' ', 3);
        return parts.Length == 3 ? new LogLine(parts[0], parts[1], parts[2]) : new LogLine("", "", line);
    }

    /// <summary>The agent goes on writing meanwhile, and may put the file away.</summary>
    private static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
