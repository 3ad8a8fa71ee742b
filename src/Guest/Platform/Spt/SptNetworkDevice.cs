// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform.Linux;
using Uaas.Platform.Solo5;

namespace Uaas.Platform.Spt;

/// <summary>A network device of spt: a tap, one frame a system call.</summary>
internal sealed unsafe class SptNetworkDevice(int handle, ManifestEntry* entry) : Solo5NetworkDevice(handle, entry)
{
    private readonly int _descriptor = entry->HostDescriptor;

    protected override int Read(byte* buffer, int size) => (int)SystemCall.Invoke(SystemCall.Read, _descriptor, (nint)buffer, size);

    protected override void Write(byte* buffer, int length) => SystemCall.Invoke(SystemCall.Write, _descriptor, (nint)buffer, length);

    protected override void Write(nint* pieces, int count) => SystemCall.Invoke(SystemCall.WriteVector, _descriptor, (nint)pieces, count);
}
