// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading.Tasks;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>A tender that was started, and what came of it.</summary>
internal sealed class TenderRun : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    internal TenderRun(string platform, IEnumerable<string> arguments, string? firstLine = null)
    {
        ProcessStartInfo start = new(BuiltPrograms.Tender(platform), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        if (firstLine is not null) WaitForLine(firstLine);
        _output = _process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>What it printed, after any lines that were waited for.</summary>
    internal string Output => _output.Result;

    /// <summary>What it complained of.</summary>
    internal string Errors => _errors.Result;

    internal int ProcessId => _process.Id;

    /// <summary>Waits for the end, and answers with its status: 128 and the signal's number where one ended it.</summary>
    internal int Wait()
    {
        if (!_process.WaitForExit(s_patience)) throw new TimeoutException($"the tender runs on after {s_patience}");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void WaitForLine(string expected)
    {
        while (true)
        {
            Task<string?> line = _process.StandardOutput.ReadLineAsync();
            if (!line.Wait(s_patience)) throw new TimeoutException($"no line '{expected}'");
            if (line.Result is null) throw new InvalidOperationException($"no line '{expected}'; errors: {Errors}");
            if (line.Result == expected) return;
        }
    }
}
