// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;

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
}
