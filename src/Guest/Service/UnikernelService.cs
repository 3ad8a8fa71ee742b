// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Net;

namespace Uaas.Service;

/// <summary>What a unikernel does, once machine and network are up. <see cref="Unikernel.Run"/> calls it, always from the same thread.</summary>
public abstract class UnikernelService
{
    /// <summary>The service's name, for the log: http, img…</summary>
    public abstract ReadOnlySpan<byte> Name { get; }

    /// <summary>The boot arguments that this service takes beside those of every unikernel, separated by spaces.</summary>
    public virtual ReadOnlySpan<byte> ArgumentKeys => default;

    /// <summary>Adjusts the network's bounds to the service and the memory at hand, before the stack is built.</summary>
    /// <param name="arguments">The boot arguments, known to hold no unknown key.</param>
    /// <param name="address">What the arguments say of the network; the result is usually a copy of its place with other bounds.</param>
    public virtual NetworkConfiguration Configure(BootArguments arguments, NetworkConfiguration address) => address;

    /// <summary>Opens devices and listens. False when the service cannot run; it has said why on the log.</summary>
    public abstract bool Start(BootArguments arguments, NetworkStack network);

    /// <summary>Called at every turn of the loop, before the network runs: what the time is.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    public virtual void Turn(long now)
    {
    }

    /// <summary>When <see cref="Turn"/> is to be called at the latest, in nanoseconds of the monotonic clock; long.MaxValue where the network alone decides.</summary>
    public virtual long NextDeadline => long.MaxValue;

    /// <summary>Whether the service itself wants to stop, as when it was asked to over its management port: it is then drained.</summary>
    public virtual bool StopRequested => false;

    /// <summary>
    /// Bytes that `new` may still take once the service has started, until each of its bounds has been reached: all connections are open, and for each there is
    /// what is made when first needed, but for TCP's own. The machine must have them, or clients could end it. 0 for a service that makes all when it starts.
    /// </summary>
    public virtual long MemoryToCome => 0;

    /// <summary>The host asks the service to finish what it does and take nothing new.</summary>
    public abstract void BeginDrain();

    /// <summary>Whether nothing is left to finish. Asked after <see cref="BeginDrain"/>; the machine then powers off.</summary>
    public abstract bool IsDrained { get; }
}
