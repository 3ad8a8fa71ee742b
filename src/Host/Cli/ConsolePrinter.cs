// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using System.Threading.Channels;
using System.Threading.Tasks;
using Uaas.Instances;

namespace Uaas.Cli;

/// <summary>
/// Shows what instances print. A reader that is slow (a full pipe, a stopped terminal) loses lines rather than stall the instances, and is told
/// how many.
/// </summary>
internal sealed class ConsolePrinter : IDisposable
{
    private const int Capacity = 4096;
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(1);

    private readonly TextWriter _output;
    private readonly Channel<string> _lines;
    private readonly Task _writing;
    private int _lost;

    internal ConsolePrinter(TextWriter output)
    {
        _output = output;
        var bounds = new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true };
        _lines = Channel.CreateBounded<string>(bounds, _ => System.Threading.Interlocked.Increment(ref _lost));
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Shows a line. Never blocks.</summary>
    internal void Print(InstanceSpec spec, ConsoleLine line) =>
        Print(string.Create(CultureInfo.InvariantCulture, $"{line.Time.ToLocalTime():HH:mm:ss.fff} {spec.Name} | {line.Text}"));

    /// <summary>Shows words of the node's own. Never blocks.</summary>
    internal void Print(string line) => _lines.Writer.TryWrite(line);

    /// <summary>Writes what is left, unless nobody reads.</summary>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writing.Wait(FlushWithin);
    }

    private async Task WriteAsync()
    {
        await foreach (string line in _lines.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            await _output.WriteLineAsync(line).ConfigureAwait(false);
            int lost = System.Threading.Interlocked.Exchange(ref _lost, 0);
            if (lost > 0)
                await _output.WriteLineAsync($"({lost} lines were not shown: they came faster than they could be written)").ConfigureAwait(false);
        }
    }
}
