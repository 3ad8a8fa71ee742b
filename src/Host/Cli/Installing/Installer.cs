// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Uaas.Linux;

namespace Uaas.Cli.Installing;

/// <summary>Carries out an installation, or takes one away. Done again, each comes to the same.</summary>
internal static class Installer
{
    private const int DiskFull = 28;

    /// <summary>Installs. A library that is there already is replaced when the new one is whole.</summary>
    /// <exception cref="UaasException">This user may not write there, or the disk is full.</exception>
    internal static void Install(Installation installation)
    {
        InstallLayout layout = installation.Layout;
        string library = layout.Staged(layout.Library);
        string unfinished = library + ".unfinished";
        string former = library + ".former";
        try
        {
            Remove(unfinished);
            Remove(former);
            foreach (CopiedFile file in installation.Copied)
                Copy(file.Source, Path.Combine(unfinished, file.Target));
            var manifest = new StringBuilder();
            foreach (WrittenFile file in installation.Written)
            {
                if (!(file.IsPeoples && File.Exists(layout.Staged(file.Path))))
                    Write(layout.Staged(file.Path), file);
                manifest.Append(Digest(Encoding.UTF8.GetBytes(file.Text))).Append("  ").Append(file.Path).Append('\n');
            }
            File.WriteAllText(Path.Combine(unfinished, Path.GetFileName(layout.Manifest)), manifest.ToString());
            if (Directory.Exists(library))
                Directory.Move(library, former);
            Directory.Move(unfinished, library);
            Remove(former);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, $"cannot install below {layout.Staged(layout.Prefix)}");
        }
    }

    /// <summary>Takes an installation away: what it wrote, where nobody has changed it since. Returns what was left, and why.</summary>
    /// <exception cref="UaasException">There is none, or this user may not.</exception>
    internal static IReadOnlyList<string> Uninstall(InstallLayout layout, bool isDry, Action<string> tell)
    {
        string manifest = layout.Staged(layout.Manifest);
        if (!File.Exists(manifest))
            throw new UaasException(Failure.NotFound, $"nothing is installed in {layout.Staged(layout.Library)}", "say where it was installed: --prefix DIR, or --user");
        var left = new List<string>();
        try
        {
            foreach (string line in File.ReadLines(manifest))
            {
                string path = layout.Staged(line[(line.IndexOf(' ', StringComparison.Ordinal) + 2)..]);
                if (!File.Exists(path))
                    continue;
                if (Digest(File.ReadAllBytes(path)) != line[..line.IndexOf(' ', StringComparison.Ordinal)])
                {
                    left.Add($"{path} has been changed and is left");
                    continue;
                }
                tell($"remove {path}");
                if (!isDry)
                    File.Delete(path);
            }
            tell($"remove {layout.Staged(layout.Library)}");
            if (!isDry)
                Remove(layout.Staged(layout.Library));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, $"cannot remove what is below {layout.Staged(layout.Prefix)}");
        }
        return left;
    }

    private static void Copy(string source, string target)
    {
        MakeFolder(Path.GetDirectoryName(target)!);
        File.Copy(source, target, overwrite: true);
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(target, (File.GetUnixFileMode(source) & UnixFileMode.UserExecute) != 0 ? Installation.Executable : Installation.Readable);
    }

    /// <summary>Makes a directory, and those above it that are missing, for everybody to look into, whatever this shell's umask is.</summary>
    private static void MakeFolder(string path)
    {
        if (Directory.Exists(path))
            return;
        MakeFolder(Path.GetDirectoryName(path)!);
        Directory.CreateDirectory(path);
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(path, Installation.Executable);
    }

    /// <summary>A file is there whole or as it was: whoever runs the command meanwhile reads one of the two.</summary>
    private static void Write(string path, WrittenFile file)
    {
        MakeFolder(Path.GetDirectoryName(path)!);
        string unfinished = path + ".unfinished";
        File.WriteAllText(unfinished, file.Text);
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(unfinished, file.Mode);
        File.Move(unfinished, path, overwrite: true);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static UaasException Explain(Exception e, string what) => e is IOException { HResult: DiskFull }
        ? new UaasException(Failure.Disk, $"{what}: the disk is full", "free some space, or give another place: --prefix DIR", e)
        : new UaasException(Failure.Privilege, $"{what}: {e.Message}", "as root (sudo), for this user alone (--user), or elsewhere (--prefix DIR)", e);
}
