// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Volumes;

/// <summary>
/// The file behind a volume, held by one user at a time. The lock (flock(2)) belongs to the open file: a monitor that inherits the descriptor holds it too, and
/// the kernel lets go of it with the last of them.
/// </summary>
public sealed class VolumeFile : IDisposable
{
    /// <summary>Bytes of a volume at least.</summary>
    public const long MinBytes = 1 << 20;

    /// <summary>Bytes of a block of the device.</summary>
    public const int SectorSize = 4096;

    private const int OwnerReadWrite = 0x180;
    private const int LockExclusive = 2;
    private const int LockWithoutWaiting = 4;
    private const int LockAttempts = 10;

    private static readonly TimeSpan LockEvery = TimeSpan.FromMilliseconds(20);

    private VolumeFile(string path, SafeFileHandle descriptor)
    {
        Path = path;
        Descriptor = descriptor;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The open file, to read and write.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>
    /// Opens a volume, for this user alone. It is made where it is not there, and grows where it has fewer bytes; it is never cut short. A new file takes no
    /// room on the disk until something is written to it.
    /// </summary>
    /// <param name="path">Where it is. Its directory is made too.</param>
    /// <param name="bytes">Bytes that it has at least, rounded up to whole blocks.</param>
    /// <exception cref="UaasException">Somebody else has it, or it cannot be made, opened or enlarged.</exception>
    public static VolumeFile Open(string path, long bytes)
    {
        bool isNew = !File.Exists(path);
        if (isNew)
            MakeDirectoryOf(path);
        SafeFileHandle descriptor = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenNoFollow | Libc.OpenCloseOnExec, OwnerReadWrite);
        if (descriptor.IsInvalid)
            throw Refused(path, SystemCallException.Last($"open {path}"));
        var file = new VolumeFile(path, descriptor);
        try
        {
            if (!file.TryLockSoon())
                throw new UaasException(Failure.InUse, $"the volume {path} is in use", "one instance has a volume at a time: end the one that has it first");
            file.GrowTo(bytes);
            if (isNew)
                SynchronizeDirectory(path);
            return file;
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw Refused(path, e);
            throw;
        }
    }

    /// <summary>Has what was written to a volume put where it survives a loss of power. Nothing happens where it is gone.</summary>
    public static void Synchronize(string path)
    {
        using SafeFileHandle descriptor = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenNoFollow | Libc.OpenCloseOnExec, 0);
        if (!descriptor.IsInvalid)
            _ = Libc.Synchronize(descriptor);
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();

    /// <summary>Whole blocks.</summary>
    public static long RoundUp(long bytes) => (bytes + SectorSize - 1) / SectorSize * SectorSize;

    /// <summary>Who lists volumes looks at the lock by taking it for an instant, and a process that was killed takes an instant to be gone.</summary>
    private bool TryLockSoon()
    {
        for (int attempt = 0; attempt < LockAttempts; attempt++)
        {
            if (TryLock())
                return true;
            Thread.Sleep(LockEvery);
        }
        return false;
    }

    /// <summary>Takes the lock; false where somebody else has it.</summary>
    private bool TryLock()
    {
        while (Libc.Lock(Descriptor, LockExclusive | LockWithoutWaiting) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Errno.Again)
                return false;
            if (error != Errno.Interrupted)
                throw new SystemCallException($"lock {Path}", error);
        }
        return true;
    }

    /// <summary>Puts a directory's entries where they survive a loss of power.</summary>
    internal static void SynchronizeDirectory(string pathInIt)
    {
        string directory = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(pathInIt))!;
        using SafeFileHandle handle = Libc.Open(directory, Libc.OpenDirectory | Libc.OpenCloseOnExec, 0);
        if (handle.IsInvalid || Libc.Synchronize(handle) != 0)
            throw SystemCallException.Last($"synchronize {directory}");
    }

    private void GrowTo(long bytes)
    {
        long wanted = RoundUp(Math.Max(bytes, MinBytes));
        if (RandomAccess.GetLength(Descriptor) >= wanted)
            return;
        RandomAccess.SetLength(Descriptor, wanted);
        if (Libc.Synchronize(Descriptor) != 0)
            throw SystemCallException.Last($"synchronize {Path}");
    }

    private static void MakeDirectoryOf(string path)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, e);
        }
    }

    private static UaasException Refused(string path, Exception e)
    {
        bool isFull = e is SystemCallException { Error: Errno.NoSpace } or IOException { HResult: Errno.NoSpace };
        return new UaasException(isFull ? Failure.Disk : Failure.Content, $"the volume {path} cannot be had: {e.Message}", isFull ? "free some space" : "name a file that this user may make, read and write", e);
    }
}
