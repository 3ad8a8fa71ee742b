// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>
/// Remembers which monitor <c>--vmm auto</c> has found, for as long as nothing changes that it hangs on: the boot, the user, /dev/kvm, the tenders
/// and the guest. A cache that cannot be read or written is no cache.
/// </summary>
/// <param name="path">The file; null for no cache.</param>
internal sealed class DoctorCache(string? path)
{
    /// <summary>What the file holds.</summary>
    /// <param name="Key">What the choice hangs on.</param>
    /// <param name="Chosen">Key of the monitor.</param>
    internal sealed record Entry(string Key, string Chosen);

    /// <summary>The cache of this user.</summary>
    internal static DoctorCache ForThisUser()
    {
        string? folder = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given ? given
            : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".cache")
            : null;
        return new DoctorCache(folder is null ? null : Path.Combine(folder, "uaas", "doctor.json"));
    }

    /// <summary>What was chosen under that key; null where nothing was.</summary>
    internal string? Read(string key)
    {
        try
        {
            if (path is null || !File.Exists(path))
                return null;
            Entry? entry = JsonSerializer.Deserialize(File.ReadAllText(path), CliJson.Default.Entry);
            return entry?.Key == key ? entry.Chosen : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Remembers a choice.</summary>
    internal void Write(string key, string chosen)
    {
        try
        {
            if (path is null)
                return;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, JsonSerializer.Serialize(new Entry(key, chosen), CliJson.Default.Entry));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Found out anew next time.
        }
    }

    /// <summary>What a choice hangs on, on this machine as it is now.</summary>
    internal static string KeyFor(Locations locations)
    {
        string[] files =
        [
            "/dev/kvm", "/usr/bin/qemu-system-x86_64", locations.Tender("spt"), locations.Tender("hvt"),
            .. new[] { "spt", "hvt", "pvh" }.Select(kind => locations.Image(Doctor.GuestName, kind)),
        ];
        // By number: in a container there may be no names.
        var text = new StringBuilder($"{CurrentUser.Id}");
        text.Append(File.Exists(BootIdentifier) ? File.ReadAllText(BootIdentifier).Trim() : "");
        foreach (string file in files)
        {
            var information = new FileInfo(file);
            text.Append($"|{file}:{(information.Exists ? $"{information.LastWriteTimeUtc.Ticks}:{(int)information.UnixFileMode}" : "none")}");
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private const string BootIdentifier = "/proc/sys/kernel/random/boot_id";
}
