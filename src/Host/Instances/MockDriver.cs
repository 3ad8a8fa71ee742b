// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Instances;

/// <summary>A monitor that runs nothing: each instance does what a script says. For tests of everything above the drivers.</summary>
/// <param name="script">What an instance does after its start; it may print to its console, and ends it with <see cref="MockInstance.End"/>.</param>
public sealed class MockDriver(Action<MockInstance> script) : IMonitorDriver
{
    private readonly ConcurrentDictionary<int, MockInstance> _instances = new();
    private int _nextProcess;

    /// <inheritdoc/>
    public string Name => "mock";

    /// <inheritdoc/>
    public string ImageKind => "mock";

    /// <inheritdoc/>
    public Confinement.MonitorOverhead Overhead => new(0, HasOneThread: true);

    /// <summary>What <see cref="IMonitorDriver.Fingerprint"/> answers.</summary>
    public Fingerprint Offer { get; set; } = new(true, "scripted");

    /// <inheritdoc/>
    public Fingerprint Fingerprint() => Offer;

    /// <inheritdoc/>
    public IInstance Start(InstanceSpec spec)
    {
        var instance = new MockInstance(spec, Interlocked.Increment(ref _nextProcess));
        _instances[instance.Handle.Process] = instance;
        script(instance);
        return instance;
    }

    /// <inheritdoc/>
    public IInstance? Recover(InstanceSpec spec, InstanceHandle handle) =>
        _instances.TryGetValue(handle.Process, out MockInstance? instance) && !instance.WaitAsync().IsCompleted ? instance : null;
}

/// <summary>A scripted instance.</summary>
public sealed class MockInstance : IInstance
{
    private readonly TaskCompletionSource<InstanceExit> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal MockInstance(InstanceSpec spec, int process)
    {
        Spec = spec;
        Handle = new InstanceHandle(process, 0);
    }

    /// <inheritdoc/>
    public InstanceSpec Spec { get; }

    /// <inheritdoc/>
    public InstanceHandle Handle { get; }

    /// <inheritdoc/>
    public ConsoleLog Console { get; } = new(TimeProvider.System);

    /// <summary>Whether it ends when asked to, rather than having to be destroyed.</summary>
    public bool Obeys { get; set; } = true;

    /// <summary>Ends it.</summary>
    public void End(InstanceExit exit)
    {
        Console.Complete();
        _ended.TrySetResult(exit);
    }

    /// <inheritdoc/>
    public Task<InstanceExit> WaitAsync(CancellationToken cancellation = default) => _ended.Task.WaitAsync(cancellation);

    /// <inheritdoc/>
    public Task<InstanceExit> StopAsync(TimeSpan grace)
    {
        if (Obeys)
            End(InstanceExit.BySignal(15));
        else
            Destroy();
        return _ended.Task;
    }

    /// <inheritdoc/>
    public void Destroy() => End(InstanceExit.BySignal(9));

    /// <inheritdoc/>
    public InstanceStatistics? ReadStatistics() => _ended.Task.IsCompleted ? null : new InstanceStatistics(0, TimeSpan.Zero);

    /// <inheritdoc/>
    public void Dispose() => Destroy();
}
