// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Uaas.Cli;

namespace Uaas.Host.Tests.Cli;

/// <summary>The <c>uaas</c> command as a process, as a person would start it.</summary>
internal sealed class Command : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private readonly Process _process;
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private Command(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Add(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Add(_errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    internal int Id => _process.Id;

    internal string Output => Text(_output);

    internal string Errors => Text(_errors);

    /// <summary>The first line on standard output; fails where it ends without one.</summary>
    internal Task<string> FirstLine => _firstLine.Task.WaitAsync(Patience);

    /// <summary>The first line on standard output that begins so; fails where it ends without one.</summary>
    internal async Task<string> LineAsync(string start)
    {
        while (true)
        {
            string? found;
            lock (_output)
                found = _output.Find(line => line.StartsWith(start, StringComparison.Ordinal));
            if (found is not null)
                return found;
            if (_process.HasExited)
                throw new InvalidOperationException($"it has ended without the line '{start}'; errors: {Errors}");
            await Task.Delay(10);
        }
    }

    /// <summary>The command as it is built for use.</summary>
    internal static string Executable { get; } = Path.Combine(Locations.Find().Folder, "cli", "uaas");

    /// <summary>Starts the command.</summary>
    internal static Command Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments) => StartBy([], environment, arguments);

    /// <summary>Starts the command by another one, such as nsenter(1), whose words come first.</summary>
    internal static Command StartBy(string[] words, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        string[] line = [.. words, Executable, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new Command(Process.Start(start)!);
    }

    /// <summary>Runs the command to its end.</summary>
    internal static async Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using var command = Start(environment, arguments);
        int code = await command.EndAsync();
        return (code, command.Output, command.Errors);
    }

    /// <summary>Waits for the end; returns the exit code.</summary>
    internal async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal by its name.</summary>
    internal void Signal(string name)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static string Text(List<string> lines)
    {
        lock (lines)
            return string.Join('\n', lines);
    }

    private void Add(List<string> lines, string? line)
    {
        lock (lines)
        {
            if (line is not null)
                lines.Add(line);
        }
        if (lines != _output)
            return;
        if (line is not null)
            _firstLine.TrySetResult(line);
        else
            _firstLine.TrySetException(new InvalidOperationException($"no line on standard output; errors: {Errors}"));
    }
}
