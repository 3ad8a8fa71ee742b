// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>Attaches what the command line names to what the guest declares; each side must match the other entirely.</summary>
internal static class DeviceTable
{
    /// <summary>
    /// Opens every device, enters it into the manifest, and into <paramref name="devices"/> (64 of them, zeroed) by its handle. Refuses what does not fit.
    /// </summary>
    /// <param name="line">The command line.</param>
    /// <param name="image">The guest, whose manifest is filled in.</param>
    /// <param name="stripsHeaders">Whether this tender can take virtio_net_hdrs off frames for a guest that does not know them.</param>
    /// <param name="devices">The table to fill.</param>
    internal static void Attach(in CommandLine line, in KernelImage image, bool stripsHeaders, Span<Device> devices)
    {
        Manifest manifest = image.Manifest;
        bool offload = (image.Extensions.Wanted & GuestFeatures.Offload) != 0;
        foreach (ref readonly DeviceOptions options in line.Devices)
        {
            ReadOnlySpan<byte> name = line.Arguments[options.Name];
            int handle = manifest.Find(name);
            if (handle == 0) Tender.Refuse(TenderError.DeviceNotDeclared, name);
            if (manifest.Kind(handle) != options.Kind) Tender.Refuse(TenderError.DeviceOfOtherKind, name);
            ref Device device = ref devices[handle];
            device.Kind = options.Kind;
            if (options.Kind == DeviceKind.Net)
            {
                Tap.Open(options, line.Arguments, offload, stripsHeaders, ref device);
                manifest.AttachNet(handle, device.Descriptor, options.Mac != 0 ? options.Mac : RandomMac(), device.Mtu);
            }
            else
            {
                BlockFile.Open(options, line.Arguments, ref device);
                manifest.AttachBlock(handle, device.Descriptor, device.Capacity, device.BlockSize);
            }
        }

        for (int handle = 1; handle < manifest.Count; handle++)
        {
            if (!manifest.IsAttached(handle)) Tender.Refuse(TenderError.DeviceNotAttached, manifest.Name(handle));
        }
    }

    /// <summary>A unicast address that is locally administered.</summary>
    private static ulong RandomMac()
    {
        Span<byte> random = stackalloc byte[6];
        Entropy.Fill(random);
        ulong mac = 0;
        foreach (byte value in random) mac = mac << 8 | value;
        return (mac & ~(1ul << 40)) | 1ul << 41;
    }
}
