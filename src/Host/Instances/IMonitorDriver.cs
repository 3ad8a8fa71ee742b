// SPDX-License-Identifier: Apache-2.0

using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Instances;

/// <summary>
/// What a monitor is to the rest of the host: a way to start, find again, watch, stop and account for instances. One driver a monitor; nothing above
/// knows which it talks to.
/// </summary>
public interface IMonitorDriver
{
    /// <summary>Name of the monitor, as people write it: spt, hvt, qemu.</summary>
    string Name { get; }

    /// <summary>Ending of the image's file name for this monitor, without the dot: spt, hvt, pvh.</summary>
    string ImageKind { get; }

    /// <summary>What it needs beside its guest's memory.</summary>
    Confinement.MonitorOverhead Overhead { get; }

    /// <summary>What this machine offers the monitor, found without booting anything.</summary>
    Fingerprint Fingerprint();

    /// <summary>Starts an instance and returns at once; it may not have reached its first instruction.</summary>
    /// <exception cref="Linux.UaasException">The monitor cannot be started; the message says what to do.</exception>
    IInstance Start(InstanceSpec spec);

    /// <summary>Finds again an instance that a former agent started; null where it has ended since.</summary>
    IInstance? Recover(InstanceSpec spec, InstanceHandle handle);
}

/// <summary>A started instance. Disposing it destroys it if it lives.</summary>
public interface IInstance : System.IDisposable
{
    /// <summary>What it was started from.</summary>
    InstanceSpec Spec { get; }

    /// <summary>What is needed to find it again.</summary>
    InstanceHandle Handle { get; }

    /// <summary>What it printed.</summary>
    ConsoleLog Console { get; }

    /// <summary>Completes when the instance has ended and all that it printed is in <see cref="Console"/>.</summary>
    Task<InstanceExit> WaitAsync(CancellationToken cancellation = default);

    /// <summary>Asks it to end, and destroys it where it has not after <paramref name="grace"/>.</summary>
    Task<InstanceExit> StopAsync(System.TimeSpan grace);

    /// <summary>Ends it at once. Nothing happens where it has ended.</summary>
    void Destroy();

    /// <summary>What it costs the host right now; null once it has ended.</summary>
    InstanceStatistics? ReadStatistics();
}
