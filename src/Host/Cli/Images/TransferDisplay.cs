// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading.Tasks;
using Spectre.Console;
using Uaas.Host.Images.Store;

namespace Uaas.Cli.Images;

/// <summary>
/// Shows how far something has come that takes longer than a second: bars on a terminal, else a line now and then. It goes to standard error;
/// what is quicker shows nothing.
/// </summary>
internal static class TransferDisplay
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BarsEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LinesEvery = TimeSpan.FromSeconds(5);

    /// <summary>Waits for the work, and shows how far it has come.</summary>
    internal static async Task<T> ShowAsync<T>(Transfers transfers, Task<T> work)
    {
        if (await EndsWithinAsync(work, Patience).ConfigureAwait(false))
            return await work.ConfigureAwait(false);
        if (Console.IsErrorRedirected)
            await ShowLinesAsync(transfers, work).ConfigureAwait(false);
        else
            await ShowBarsAsync(transfers, work).ConfigureAwait(false);
        return await work.ConfigureAwait(false);
    }

    /// <summary>Bytes for people.</summary>
    internal static string Size(long bytes)
    {
        string[] units = ["B", "KB", "MB", "GB", "TB"];
        double value = bytes;
        int unit = 0;
        for (; value >= 1000 && unit < units.Length - 1; unit++)
            value /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || value >= 100 ? Math.Round(value) : Math.Round(value, 1))} {units[unit]}");
    }

    private static async Task<bool> EndsWithinAsync(Task work, TimeSpan time) => await Task.WhenAny(work, Task.Delay(time)).ConfigureAwait(false) == work;

    private static async Task ShowLinesAsync(Transfers transfers, Task work)
    {
        var told = new Dictionary<Transfer, long>();
        do
        {
            foreach (Transfer transfer in transfers.Snapshot())
            {
                long done = transfer.Done;
                if (told.TryGetValue(transfer, out long before) && before == done)
                    continue;
                told[transfer] = done;
                await Console.Error.WriteLineAsync($"uaas: {transfer.Title}: {Size(done)} of {Size(transfer.Total)}").ConfigureAwait(false);
            }
        }
        while (!await EndsWithinAsync(work, LinesEvery).ConfigureAwait(false));
    }

    private static Task ShowBarsAsync(Transfers transfers, Task work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var bars = new Dictionary<Transfer, ProgressTask>();
                do
                {
                    foreach (Transfer transfer in transfers.Snapshot())
                    {
                        if (!bars.TryGetValue(transfer, out ProgressTask? bar))
                            bars[transfer] = bar = context.AddTask(Markup.Escape(transfer.Title), maxValue: Math.Max(transfer.Total, 1));
                        bar.Value = transfer.Total == 0 ? 1 : transfer.Done;
                    }
                }
                while (!await EndsWithinAsync(work, BarsEvery).ConfigureAwait(false));
            });
    }
}
