// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Linux;

namespace Uaas.Instances;

/// <summary>Who ended an instance.</summary>
public enum ExitCause
{
    /// <summary>The guest, by its own will, with a code of its own.</summary>
    Guest,

    /// <summary>The guest gave up: a panic, or a fault that its monitor caught.</summary>
    Abort,

    /// <summary>The monitor could not run the guest.</summary>
    Monitor,

    /// <summary>A signal: somebody stopped it, or the kernel killed it.</summary>
    Signal,

    /// <summary>It ended while nobody was its parent.</summary>
    Unknown,
}

/// <summary>How an instance ended.</summary>
/// <param name="Cause">Who ended it.</param>
/// <param name="Code">The guest's code, or the monitor's, or the signal's number.</param>
/// <param name="Meaning">The same in words.</param>
public readonly record struct InstanceExit(ExitCause Cause, int Code, string Meaning)
{
    private const int BadSystemCall = 31;
    private const int SegmentationFault = 11;
    private const int Killed = 9;

    /// <summary>An instance that ended while it was not this process's child.</summary>
    public static InstanceExit Unwatched { get; } = new(ExitCause.Unknown, 0, "ended; its code went to nobody");

    /// <summary>An instance that the kernel killed for using more memory than its control group may.</summary>
    public static InstanceExit ForMemory(long limit) =>
        new(ExitCause.Signal, Killed, $"killed: it used more memory than the {limit >> 20} MiB that it and its monitor may have (resources.memory)");

    /// <summary>An instance that a signal ended.</summary>
    public static InstanceExit BySignal(int signal) => new(ExitCause.Signal, signal, signal switch
    {
        BadSystemCall => "killed by its sandbox: it made a system call that it may not make (SIGSYS)",
        SegmentationFault => "killed: it touched memory that it does not have (SIGSEGV)",
        Killed => "killed (SIGKILL): by someone, or by the kernel for want of memory",
        15 => "stopped (SIGTERM)",
        _ => $"killed by signal {signal}",
    });

    /// <summary>What the end of a monitor's process says, where the monitor reports the guest's code as its own.</summary>
    /// <param name="exit">The end of the process.</param>
    /// <param name="monitorCode">The code that the monitor keeps for its own errors.</param>
    public static InstanceExit Of(ProcessExit exit, int monitorCode)
    {
        const int abortCode = 255;
        const int illegalInstruction = 132; // and what else a tender ends with for the guest: 128 and the number of the signal that the fault is
        if (exit.Signal != 0)
            return BySignal(exit.Signal);
        if (exit.Code == monitorCode)
            return new InstanceExit(ExitCause.Monitor, exit.Code, $"the monitor refused it (code {exit.Code})");
        return exit.Code switch
        {
            abortCode => new InstanceExit(ExitCause.Abort, exit.Code, "the guest panicked (code 255)"),
            illegalInstruction or 133 or 135 or 136 or 139 => new InstanceExit(ExitCause.Abort, exit.Code, $"the guest crashed (code {exit.Code}): its console says where"),
            _ => new InstanceExit(ExitCause.Guest, exit.Code, $"the guest exited with code {exit.Code}"),
        };
    }
}
