// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Uaas.KvmBed;

/// <summary>Writes an initramfs: cpio's "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
internal sealed class CpioArchive(Stream destination)
{
    private const int Folder = 0x41ED; // rwxr-xr-x
    private const int Program = 0x81ED;
    private readonly HashSet<string> _folders = [];
    private int _inode = 1;

    /// <summary>Adds a file that may be run, and the folders it lies in.</summary>
    internal void Add(string path, ReadOnlySpan<byte> content)
    {
        for (int slash = path.IndexOf('/'); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (_folders.Add(path[..slash])) Write(path[..slash], Folder, default);
        }

        Write(path, Program, content);
    }

    /// <summary>Ends the archive.</summary>
    internal void Finish() => Write("TRAILER!!!", 0, default);

    private void Write(string path, int mode, ReadOnlySpan<byte> content)
    {
        byte[] name = [.. Encoding.UTF8.GetBytes(path), 0];
        int[] fields = [_inode++, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, name.Length, 0];
        StringBuilder header = new("070701");
        foreach (int field in fields) header.Append(field.ToString("x8", System.Globalization.CultureInfo.InvariantCulture));
        destination.Write(Encoding.ASCII.GetBytes(header.ToString()));
        destination.Write(name);
        Pad(header.Length + name.Length);
        destination.Write(content);
        Pad(content.Length);
    }

    private void Pad(int length) => destination.Write(new byte[-length & 3]);
}
