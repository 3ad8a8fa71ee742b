// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics.CodeAnalysis;
using Uaas.Devices;

namespace Uaas.Platform;

/// <summary>
/// What every platform offers a guest. The folder beside this file that is named after the platform implements it; the compiler checks that none lacks a member.
/// </summary>
public static partial class Machine
{
    /// <summary>The platform's name, as image files carry it: spt, hvt, pvh.</summary>
    public static partial ReadOnlySpan<byte> Name { get; }

    /// <summary>Nanoseconds of a clock that never goes back.</summary>
    public static partial long Now { get; }

    /// <summary>Nanoseconds since 1970-01-01 UTC.</summary>
    public static partial long UtcNow { get; }

    /// <summary><see cref="Now"/> at the guest's first instruction.</summary>
    public static partial long BootTime { get; }

    /// <summary>The words the guest was started with, as UTF-8.</summary>
    public static partial ReadOnlySpan<byte> CommandLine { get; }

    /// <summary>What the host gives this guest to know beside its words, off every command line: <see cref="Uaas.Boot.SettingsTable"/> reads it. Empty for nothing.</summary>
    public static partial ReadOnlySpan<byte> Settings { get; }

    /// <summary>Whether the host has asked the guest to finish what it does and power off.</summary>
    public static partial bool StopRequested { get; }

    /// <summary>Writes to the console. Blocks while the host does not take it.</summary>
    public static partial void Write(ReadOnlySpan<byte> text);

    /// <summary>Sleeps until a device may have something, the host asks to stop, or <paramref name="deadline"/> (of <see cref="Now"/>) has come. May return early.</summary>
    public static partial void Wait(long deadline);

    /// <summary>Ends the machine. The host sees the low eight bits; 0 is success.</summary>
    [DoesNotReturn]
    public static partial void Exit(int status);

    /// <summary>The network device of that number, in the order of the manifest; null where there is none or it does not work.</summary>
    public static partial NetworkDevice? OpenNetwork(int index);

    /// <summary>The block device of that number, in the order of the manifest; null where there is none or it does not work.</summary>
    public static partial BlockDevice? OpenBlock(int index);

    /// <summary>Fills <paramref name="destination"/> with unpredictable bytes, from the host or the processor.</summary>
    public static partial void FillEntropy(Span<byte> destination);
}
