// SPDX-License-Identifier: Apache-2.0

namespace Uaas.KvmBed;

/// <summary>How a service is started in the bed: on tap0, with the content image of its scenario.</summary>
internal static class ServiceCommand
{
    private const string Arguments = "ip=10.9.0.2/24 gw=10.9.0.1 name=site";

    /// <summary>On a tender.</summary>
    internal static string OnTender(string platform, string service, int mebibytes) =>
        $"uaas-{platform} --mem={mebibytes} --net:service=tap0 --net-mac:service=02:00:00:00:00:17 --block-ro:content=FOLDER/content --block-sector-size:content=16384"
        + (service is "flv" or "combined" ? " --block-ro:recordings=FOLDER/nothing" : "") + $" /images/{service}.{platform} {Arguments}";

    /// <summary>On QEMU.</summary>
    /// <param name="command">QEMU with its machine.</param>
    /// <param name="service">The service.</param>
    internal static string OnQemu(string command, string service) =>
        $"{command} -netdev tap,id=n0,ifname=tap0,script=no,downscript=no,vnet_hdr=on -device virtio-net-device,netdev=n0,mac=02:00:00:00:00:17"
        + " -drive if=none,id=d0,format=raw,readonly=on,file=FOLDER/content -device virtio-blk-device,drive=d0 -device virtio-rng-device"
        + $" -kernel /images/{service}.pvh -append '{Arguments}'";
}
