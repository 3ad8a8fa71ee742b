// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;

namespace Uaas.Linux;

/// <summary>Files and directories that are their owner's alone from the first instant on, whatever the umask.</summary>
public static class OwnerFile
{
    private const UnixFileMode ReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens a file to write, and makes it where it is not there.</summary>
    public static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (OperatingSystem.IsLinux())
            options.UnixCreateMode = ReadWrite;
        return new FileStream(path, options);
    }

    /// <summary>Makes a directory where it is not there.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsLinux())
            Directory.CreateDirectory(path, ReadWrite | UnixFileMode.UserExecute);
    }
}
