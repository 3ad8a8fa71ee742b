// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using System.Threading.Channels;
using System.Threading.Tasks;
using Uaas.Master.Storage;

namespace Uaas.Cli.Serving;

/// <summary>Shows events to whoever started the daemon, a moment after they happen: nobody waits for a terminal. What it does not take in time is dropped; the store has it.</summary>
internal sealed class EventPrinter
{
    private const int Capacity = 4096;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    private readonly TextWriter _screen;
    private readonly Channel<StoredEvent> _pending = Channel.CreateBounded<StoredEvent>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true, AllowSynchronousContinuations = true });

    /// <param name="screen">Where it shows them.</param>
    internal EventPrinter(TextWriter screen)
    {
        _screen = screen;
        _ = Task.Run(WriteAsync);
    }

    /// <summary>Shows an event, soon.</summary>
    internal void Print(StoredEvent one) => _pending.Writer.TryWrite(one);

    private async Task WriteAsync()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        while (await _pending.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            await Task.Delay(Moment).ConfigureAwait(false);
            while (_pending.Reader.TryRead(out StoredEvent? one))
                text.WriteLine(DaemonLog.Line(one, DaemonLog.IsJson));
            try
            {
                await _screen.WriteAsync(text.ToString()).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // The terminal is gone; the events are in the store.
            }
            text.GetStringBuilder().Clear();
        }
    }
}
