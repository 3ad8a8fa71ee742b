// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Linux;

namespace Uaas.Instances;

/// <summary>
/// An instance that a former agent started and that lives on. Its console went with the pipe that the former agent held, and the code it ends
/// with goes to its new parent.
/// </summary>
internal sealed class RecoveredInstance : IInstance
{
    private readonly ForeignProcess _process;

    private RecoveredInstance(InstanceSpec spec, InstanceHandle handle, ForeignProcess process)
    {
        Spec = spec;
        Handle = handle;
        _process = process;
    }

    /// <inheritdoc/>
    public InstanceSpec Spec { get; }

    /// <inheritdoc/>
    public InstanceHandle Handle { get; }

    /// <inheritdoc/>
    public ConsoleLog Console { get; } = new(TimeProvider.System);

    /// <summary>Holds the instance again; null where its process has ended, or its number is another's now.</summary>
    internal static RecoveredInstance? Find(InstanceSpec spec, InstanceHandle handle)
    {
        if (ForeignProcess.Open(handle.Process) is not { } process)
            return null;

        // Looked at after the process is held: from here on the number cannot become another's.
        if (ProcessTable.StartTicks(handle.Process) == handle.StartTicks)
            return new RecoveredInstance(spec, handle, process);
        process.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public async Task<InstanceExit> WaitAsync(CancellationToken cancellation = default)
    {
        await _process.Ended.WaitAsync(cancellation).ConfigureAwait(false);
        return InstanceExit.Unwatched;
    }

    /// <inheritdoc/>
    public async Task<InstanceExit> StopAsync(TimeSpan grace)
    {
        _process.Terminate();
        if (await Task.WhenAny(_process.Ended, Task.Delay(grace)).ConfigureAwait(false) != _process.Ended)
            _process.Kill();
        return await WaitAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Destroy() => _process.Kill();

    /// <inheritdoc/>
    public InstanceStatistics? ReadStatistics() => _process.Ended.IsCompleted ? null : ProcessTable.Statistics(Handle.Process);

    /// <inheritdoc/>
    public void Dispose() => _process.Kill();
}
