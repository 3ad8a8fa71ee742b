// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Uaas.Instances;

/// <summary>The kernel's virtual machines, as a file.</summary>
internal static class KvmDevice
{
    internal const string Path = "/dev/kvm";

    /// <summary>Whether it is there and may be opened. Whether it is any use, only <see cref="KvmProbe"/> can tell.</summary>
    internal static Fingerprint Fingerprint()
    {
        if (!File.Exists(Path))
            return new Fingerprint(false, $"there is no {Path}", "enable virtualisation in the firmware (or nested virtualisation in the hypervisor) and load kvm-intel or kvm-amd");
        try
        {
            using FileStream _ = new(Path, FileMode.Open, FileAccess.ReadWrite);
            return new Fingerprint(true, $"{Path} can be opened");
        }
        catch (UnauthorizedAccessException)
        {
            return new Fingerprint(false, $"no permission to open {Path}", "join its group: sudo adduser $USER kvm, then log in anew");
        }
        catch (IOException e)
        {
            return new Fingerprint(false, $"{Path} cannot be opened: {e.Message}", "load kvm-intel or kvm-amd; see dmesg");
        }
    }

    /// <summary>The group that another user has to be in to open it: 0 where everybody may; null where no group of this namespace helps.</summary>
    internal static uint? GroupOfUsers()
    {
        const UnixFileMode everybody = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        const UnixFileMode group = UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        try
        {
            UnixFileMode mode = OperatingSystem.IsLinux() ? File.GetUnixFileMode(Path) : 0;
            if ((mode & everybody) == everybody)
                return 0;
            bool hasAllGroups = File.ReadAllText("/proc/self/gid_map").Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["0", "0", ..];
            string? line = (mode & group) == group && hasAllGroups ? File.ReadLines("/etc/group").FirstOrDefault(line => line.StartsWith("kvm:", StringComparison.Ordinal)) : null;
            return uint.TryParse(line?.Split(':')[2], CultureInfo.InvariantCulture, out uint number) ? number : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
