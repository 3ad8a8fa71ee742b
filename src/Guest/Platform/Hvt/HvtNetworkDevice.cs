// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform.Solo5;

namespace Uaas.Platform.Hvt;

/// <summary>A network device of hvt: one frame a hypercall.</summary>
internal sealed unsafe class HvtNetworkDevice(int handle, ManifestEntry* entry) : Solo5NetworkDevice(handle, entry)
{
    private readonly int _handle = handle;

    protected override int Read(byte* buffer, int size) => Hypercall.NetRead(_handle, buffer, ref size) == Hypercall.Result.Ok ? size : 0;

    protected override void Write(byte* buffer, int length) => Hypercall.NetWrite(_handle, buffer, length);
}
