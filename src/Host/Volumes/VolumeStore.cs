// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Volumes;

/// <summary>A volume that there is on this node.</summary>
/// <param name="Namespace">Its service's namespace.</param>
/// <param name="Service">The service that it is, or was, of.</param>
/// <param name="Name">Its name among those of the service.</param>
/// <param name="SizeBytes">Bytes of the device.</param>
/// <param name="UsedBytes">Bytes that it takes on the disk: what was never written takes none.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="InUse">Whether an instance has it.</param>
/// <param name="Path">The file.</param>
public sealed record VolumeStatus(string Namespace, string Service, string Name, long SizeBytes, long UsedBytes, DateTimeOffset CreatedAt, bool InUse, string Path);

/// <summary>The volumes of a node: a file each, by namespace, service and name. They outlive whatever uses them, and go by <see cref="Remove"/> alone.</summary>
/// <param name="folder">Where they are.</param>
public sealed class VolumeStore(string folder)
{
    private const string Extension = ".volume";

    /// <summary>Where a volume is, or would be.</summary>
    public string PathOf(string owner, string service, string name) => System.IO.Path.Combine(folder, owner, service, name + Extension);

    /// <summary>Bytes of a volume; null where there is none.</summary>
    public long? SizeOf(string owner, string service, string name)
    {
        var file = new FileInfo(PathOf(owner, service, name));
        return file.Exists ? file.Length : null;
    }

    /// <summary>Bytes that may yet be written to the disk that volumes are on.</summary>
    public long FreeBytes
    {
        get
        {
            Directory.CreateDirectory(folder);
            return new DriveInfo(folder).AvailableFreeSpace;
        }
    }

    /// <summary>All that there are, by name.</summary>
    public IReadOnlyList<VolumeStatus> List()
    {
        if (!Directory.Exists(folder))
            return [];
        return
        [
            .. from owner in Directory.EnumerateDirectories(folder)
               from service in Directory.EnumerateDirectories(owner)
               from file in Directory.EnumerateFiles(service, "*" + Extension)
               orderby file
               select Look(NameOf(owner), NameOf(service), file) into status
               where status is not null
               select status,
        ];
    }

    /// <summary>Removes a volume and all that is in it; false where there is none.</summary>
    /// <exception cref="UaasException">An instance has it.</exception>
    public bool Remove(string owner, string service, string name)
    {
        // Looked up, so that no name leads elsewhere.
        if (List().FirstOrDefault(volume => volume.Namespace == owner && volume.Service == service && volume.Name == name) is not { } status)
            return false;
        using (var held = VolumeFile.Open(status.Path, 0))
        {
            File.Delete(status.Path);
            VolumeFile.SynchronizeDirectory(status.Path);
        }
        RemoveIfEmpty(System.IO.Path.GetDirectoryName(status.Path)!);
        RemoveIfEmpty(System.IO.Path.Combine(folder, owner));
        return true;
    }

    private static void RemoveIfEmpty(string directory)
    {
        try
        {
            Directory.Delete(directory);
        }
        catch (IOException)
        {
            // It has others.
        }
    }

    private static string NameOf(string directory) => System.IO.Path.GetFileName(directory);

    private static VolumeStatus? Look(string owner, string service, string file)
    {
        using SafeFileHandle descriptor = Libc.Open(file, Libc.OpenNoFollow | Libc.OpenCloseOnExec, 0);
        return descriptor.IsInvalid || Measure(descriptor) is not var (size, used, created) ? null
            : new VolumeStatus(owner, service, System.IO.Path.GetFileNameWithoutExtension(file), size, used, created, IsLocked(descriptor), file);
    }

    private static bool IsLocked(SafeFileHandle descriptor)
    {
        const int lockSharedWithoutWaiting = 1 | 4;
        return Libc.Lock(descriptor, lockSharedWithoutWaiting) != 0;
    }

    /// <summary>statx(2): size, 512-byte sectors on the disk, and time of birth, or of the last change where the file system knows none.</summary>
    private static unsafe (long Size, long Used, DateTimeOffset Created)? Measure(SafeFileHandle descriptor)
    {
        const int emptyPath = 0x1000;
        const uint basicAndBirth = 0xFFF;
        const int structureSize = 256;
        const int mask = 0;
        const int size = 40;
        const int blocks = 48;
        const int birth = 80;
        const int changed = 96;
        const uint hasBirth = 0x800;
        byte* buffer = stackalloc byte[structureSize];
        if (Libc.StatX(descriptor, "", emptyPath, basicAndBirth, buffer) != 0)
            return null;
        ReadOnlySpan<byte> status = new(buffer, structureSize);
        bool knowsBirth = (BinaryPrimitives.ReadUInt32LittleEndian(status[mask..]) & hasBirth) != 0;
        long seconds = BinaryPrimitives.ReadInt64LittleEndian(status[(knowsBirth ? birth : changed)..]);
        return (BinaryPrimitives.ReadInt64LittleEndian(status[size..]), BinaryPrimitives.ReadInt64LittleEndian(status[blocks..]) * 512, DateTimeOffset.FromUnixTimeSeconds(seconds));
    }
}
