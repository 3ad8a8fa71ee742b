// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using Uaas.Configuration;
using Uaas.Linux;

namespace Uaas.Master.Deploying;

/// <summary>The settings of a service, as a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Digest">The SHA-256 of it.</param>
public sealed record KeptSettings(string Path, string Digest);

/// <summary>
/// What services are given to know off their command lines, by digest: files for this user alone. They outlive the master, since an instance may be started at any time; what is in
/// them is written nowhere else.
/// </summary>
/// <param name="folder">Where the files are.</param>
public sealed class SettingsStore(string folder)
{
    private const string Unfinished = ".unfinished-";

    /// <summary>Keeps the settings of a service; null where it has none. The files of its secrets are read now.</summary>
    /// <exception cref="UaasException">A secret cannot be read, or the disk is full.</exception>
    public KeptSettings? Keep(ServiceDefinition service)
    {
        if (SettingsFile.Encode(service) is not { } bytes)
            return null;
        string digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        string path = Path.Combine(folder, digest);
        string unfinished = Path.Combine(folder, Unfinished + Guid.NewGuid().ToString("N"));
        try
        {
            OwnerFile.CreateDirectory(folder);
            using (FileStream file = OwnerFile.Open(unfinished, FileMode.CreateNew))
                file.Write(bytes);
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UaasException(Failure.Disk, $"cannot keep the settings: {e.Message}", "free some space, or see who owns the state directory", e);
        }
        finally
        {
            Array.Clear(bytes);
            File.Delete(unfinished);
        }
        return new KeptSettings(path, digest);
    }

    /// <summary>Removes all but the files named, and what was left unfinished.</summary>
    public void KeepOnly(IReadOnlySet<string> paths)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (string file in Directory.EnumerateFiles(folder).Where(file => !paths.Contains(file)))
            File.Delete(file);
    }
}
