// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Tenders.Linux;

/// <summary>Linux's struct stat on x86-64: what tenders look at.</summary>
[StructLayout(LayoutKind.Explicit, Size = 144)]
internal struct FileStatus
{
    [FieldOffset(24)] internal uint Mode;
    [FieldOffset(48)] internal long Size;

    private const uint TypeMask = 0xF000;

    internal readonly bool IsRegularFile => (Mode & TypeMask) == 0x8000;

    internal readonly bool IsBlockDevice => (Mode & TypeMask) == 0x6000;

    /// <summary>Asks about an open descriptor; a negated error number where that fails.</summary>
    internal static unsafe long Read(int descriptor, out FileStatus status)
    {
        status = default;
        fixed (FileStatus* pointer = &status) return Kernel.Call(SystemCall.FStat, descriptor, (nint)pointer);
    }
}
