// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Linux;

/// <summary>The error numbers of Linux on x86-64 that something is made of here.</summary>
public static class Errno
{
    /// <summary>Operation not permitted.</summary>
    public const int NotPermitted = 1;

    /// <summary>No such file or directory.</summary>
    public const int NoEntry = 2;

    /// <summary>No such process.</summary>
    public const int NoProcess = 3;

    /// <summary>Interrupted by a signal.</summary>
    public const int Interrupted = 4;

    /// <summary>Nothing there yet.</summary>
    public const int Again = 11;

    /// <summary>Out of memory.</summary>
    public const int NoMemory = 12;

    /// <summary>Permission denied.</summary>
    public const int Access = 13;

    /// <summary>Busy.</summary>
    public const int Busy = 16;

    /// <summary>Exists already.</summary>
    public const int Exists = 17;

    /// <summary>No such device.</summary>
    public const int NoDevice = 19;

    /// <summary>Too many open files.</summary>
    public const int TooManyFiles = 24;

    /// <summary>No space left on the device.</summary>
    public const int NoSpace = 28;

    /// <summary>The file system does not offer this.</summary>
    public const int NotSupported = 95;

    /// <summary>The address is in use.</summary>
    public const int AddressInUse = 98;
}
