// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform.Solo5;

namespace Uaas.Platform.Hvt;

/// <summary>A block device of hvt: whole blocks, one request a hypercall.</summary>
internal sealed unsafe class HvtBlockDevice(int handle, ManifestEntry* entry) : Solo5BlockDevice(handle, entry)
{
    private readonly int _handle = handle;

    protected override bool ReadOnce(long offset, byte* buffer, int count) => Hypercall.BlockRead(_handle, offset, buffer, count) == Hypercall.Result.Ok;

    protected override bool WriteOnce(long offset, byte* buffer, int count) => Hypercall.BlockWrite(_handle, offset, buffer, count) == Hypercall.Result.Ok;
}
