// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace Uaas.Front.Logging;

/// <summary>
/// Writes requests down. No request ever waits for it: what comes faster than the disk takes it, beyond a bound, is lost, and how much was lost is told on standard error.
/// </summary>
internal sealed class AccessLog : IAsyncDisposable
{
    /// <summary>Entries that wait to be written.</summary>
    internal const int Capacity = 16_384;

    private const int MaxBatch = 64 * 1024;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Channel<AccessEntry> _entries = Channel.CreateBounded<AccessEntry>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly AccessLogFormat _format;
    private readonly RotatedFile? _file;
    private readonly Stream? _stream;
    private readonly Action<string> _tell;
    private readonly TimeSpan _pause;
    private readonly Task _writing;
    private long _lost;

    /// <param name="options">Where, and how.</param>
    /// <param name="tell">Told where lines are lost.</param>
    /// <param name="pauseAfterFailure">How long it waits after a failure to write; a second unless said otherwise.</param>
    internal AccessLog(AccessLogOptions options, Action<string> tell, TimeSpan? pauseAfterFailure = null)
    {
        _format = options.Format;
        _tell = tell;
        _pause = pauseAfterFailure ?? PauseAfterFailure;
        if (options.Path == AccessLogOptions.StandardOutput)
            _stream = Console.OpenStandardOutput();
        else
            _file = new RotatedFile(options.Path, options.MaxBytes, options.Kept);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Lines that were lost since that was last told.</summary>
    internal long Lost => Interlocked.Read(ref _lost);

    /// <summary>Writes an entry down, a moment later.</summary>
    internal void Add(in AccessEntry entry)
    {
        if (!_entries.Writer.TryWrite(entry))
            Interlocked.Increment(ref _lost);
    }

    /// <summary>Ends when all is written.</summary>
    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        _file?.Dispose();
    }

    private async Task WriteAsync()
    {
        var batch = new StringBuilder();
        while (await _entries.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            int count = 0;
            while (batch.Length < MaxBatch && _entries.Reader.TryRead(out AccessEntry entry))
            {
                batch.Append(AccessLine.Write(entry, _format)).Append('\n');
                count++;
            }
            try
            {
                byte[] bytes = Encoding.UTF8.GetBytes(batch.ToString());
                _file?.Write(bytes);
                _stream?.Write(bytes);
                if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
                    _tell($"{lost} lines of the access log are lost: they came faster than they could be written");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _tell($"{count} lines of the access log are lost: {e.Message}");
                await Task.Delay(_pause).ConfigureAwait(false);
            }
            batch.Clear();
        }
    }
}
