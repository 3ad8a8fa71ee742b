// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Uaas.Host.Images.Sources;

/// <summary>What a path is.</summary>
internal enum FileKind
{
    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A device, pipe or socket.</summary>
    Special,
}

/// <summary>
/// Kind, size and time of a file, from statx(2): .NET does not tell a pipe from a file, and opening a pipe waits for its writer.
/// </summary>
internal readonly partial struct FileStatus
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7FF;
    private const int StructureSize = 256;
    private const int ModeOffset = 28;
    private const int SizeOffset = 40;
    private const int ModifiedOffset = 112;

    internal required FileKind Kind { get; init; }

    internal required long Size { get; init; }

    /// <summary>Seconds since 1970.</summary>
    internal required long Modified { get; init; }

    /// <summary>Asks for the status of <paramref name="path"/>, or of what it links to.</summary>
    internal static FileStatus Of(string path, bool follow)
    {
        Span<byte> buffer = stackalloc byte[StructureSize];
        if (StatX(CurrentDirectory, path, follow ? 0 : NoFollow, BasicStats, ref MemoryMarshal.GetReference(buffer)) != 0)
        {
            throw new PackException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return new FileStatus
        {
            Kind = KindOf(BinaryPrimitives.ReadUInt16LittleEndian(buffer[ModeOffset..])),
            Size = BinaryPrimitives.ReadInt64LittleEndian(buffer[SizeOffset..]),
            Modified = BinaryPrimitives.ReadInt64LittleEndian(buffer[ModifiedOffset..]),
        };
    }

    /// <summary>The path with every link in it resolved.</summary>
    internal static string RealPath(string path)
    {
        nint resolved = RealPath(path, 0);
        if (resolved == 0)
        {
            throw new PackException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            return Marshal.PtrToStringUTF8(resolved)!;
        }
        finally
        {
            Free(resolved);
        }
    }

    private static FileKind KindOf(int mode) => (mode & 0xF000) switch
    {
        0x8000 => FileKind.Regular,
        0x4000 => FileKind.Directory,
        0xA000 => FileKind.SymbolicLink,
        _ => FileKind.Special,
    };

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, ref byte buffer);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint RealPath(string path, nint buffer);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);
}
