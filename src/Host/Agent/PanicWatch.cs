// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Instances;

namespace Uaas.Agent;

/// <summary>
/// An instance whose guest says only on its console that it has broken down, and may idle on after that: it is given a moment to say the rest, and ended.
/// </summary>
internal sealed class PanicWatch : IInstance
{
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(300);

    private readonly IInstance _instance;
    private readonly IDisposable? _held;
    private string? _panic;

    /// <param name="instance">The instance; this one takes it over.</param>
    /// <param name="held">What goes when the instance goes; null for nothing.</param>
    internal PanicWatch(IInstance instance, IDisposable? held = null)
    {
        _instance = instance;
        _held = held;
        instance.Console.Follow(Look);
    }

    /// <inheritdoc/>
    public InstanceSpec Spec => _instance.Spec;

    /// <inheritdoc/>
    public InstanceHandle Handle => _instance.Handle;

    /// <inheritdoc/>
    public ConsoleLog Console => _instance.Console;

    /// <inheritdoc/>
    public async Task<InstanceExit> WaitAsync(CancellationToken cancellation = default) => Explain(await _instance.WaitAsync(cancellation).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<InstanceExit> StopAsync(TimeSpan grace) => Explain(await _instance.StopAsync(grace).ConfigureAwait(false));

    /// <inheritdoc/>
    public void Destroy() => _instance.Destroy();

    /// <inheritdoc/>
    public InstanceStatistics? ReadStatistics() => _instance.ReadStatistics();

    /// <inheritdoc/>
    public void Dispose()
    {
        _instance.Dispose();
        _held?.Dispose();
    }

    private InstanceExit Explain(InstanceExit exit) => _panic is { } line ? new InstanceExit(ExitCause.Abort, exit.Code, $"the guest panicked: {line}") : exit;

    private void Look(ConsoleLine line)
    {
        if (PanicSigns.IsPanic(line.Text) && Interlocked.CompareExchange(ref _panic, line.Text.Trim(), null) is null)
            _ = EndAsync();
    }

    private async Task EndAsync()
    {
        await Task.WhenAny(_instance.WaitAsync(), Task.Delay(LastWords)).ConfigureAwait(false);
        _instance.Destroy();
    }
}
