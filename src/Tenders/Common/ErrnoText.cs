// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>Linux's error numbers in words: those that a tender can meet.</summary>
public static class ErrnoText
{
    /// <summary>What <paramref name="errno"/> says; "system error" for a rare one.</summary>
    public static ReadOnlySpan<byte> Of(int errno) => errno switch
    {
        1 => "operation not permitted"u8,
        2 => "no such file or directory"u8,
        5 => "input/output error"u8,
        6 => "no such device or address"u8,
        9 => "bad file descriptor"u8,
        12 => "not enough memory"u8,
        13 => "permission denied"u8,
        14 => "bad address"u8,
        16 => "busy: another process holds it"u8,
        17 => "already in use"u8,
        19 => "no such device"u8,
        20 => "not a directory"u8,
        21 => "is a directory"u8,
        22 => "invalid argument"u8,
        23 => "too many open files in the system"u8,
        24 => "too many open files"u8,
        25 => "not supported by this descriptor"u8,
        26 => "text file busy"u8,
        28 => "no space left on device"u8,
        30 => "read-only file system"u8,
        36 => "name too long"u8,
        38 => "not implemented by this Linux"u8,
        40 => "too many symbolic links"u8,
        77 => "descriptor in bad state"u8,
        95 => "not supported"u8,
        _ => "system error"u8,
    };
}
