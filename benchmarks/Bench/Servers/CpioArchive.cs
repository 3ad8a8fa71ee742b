// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Uaas.Bench.Servers;

/// <summary>Writes an initial file system for Linux: the "newc" form of cpio, as the kernel's own description of initramfs buffers gives it.</summary>
/// <param name="output">Where it goes.</param>
internal sealed class CpioArchive(Stream output) : IDisposable
{
    private const int DirectoryMode = 0x41ed; // drwxr-xr-x
    private const int ExecutableMode = 0x81ed; // -rwxr-xr-x
    private const int Alignment = 4;

    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private long _length;
    private int _next = 1;

    /// <summary>Adds an empty directory, and those that it is in.</summary>
    /// <param name="path">Without a slash at either end.</param>
    internal void AddDirectory(string path)
    {
        if (path.Length == 0 || !_directories.Add(path))
            return;
        AddDirectory(ParentOf(path));
        Add(path, DirectoryMode, []);
    }

    /// <summary>Adds a file, executable for all, and the directories that it is in.</summary>
    /// <param name="path">Without a slash at either end.</param>
    /// <param name="content">Its bytes.</param>
    internal void AddFile(string path, ReadOnlySpan<byte> content)
    {
        AddDirectory(ParentOf(path));
        Add(path, ExecutableMode, content);
    }

    /// <summary>Ends the archive.</summary>
    public void Dispose()
    {
        Add("TRAILER!!!", 0, []);
        output.Dispose();
    }

    private static string ParentOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    private void Add(string name, int mode, ReadOnlySpan<byte> content)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name + '\0');

        // magic, then inode, mode, user, group, links, time, size, device (2), special device (2), length of the name, check
        int[] fields = [_next++, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, nameBytes.Length, 0];
        var header = new StringBuilder("070701");
        foreach (int field in fields)
            header.Append($"{field:X8}");
        Write(Encoding.ASCII.GetBytes(header.ToString()));
        Write(nameBytes);
        Align();
        Write(content);
        Align();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        _length += bytes.Length;
    }

    private void Align()
    {
        while (_length % Alignment != 0)
            Write([0]);
    }
}
