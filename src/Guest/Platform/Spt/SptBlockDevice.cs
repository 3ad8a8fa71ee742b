// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform.Linux;
using Uaas.Platform.Solo5;

namespace Uaas.Platform.Spt;

/// <summary>A block device of spt: a file of which whole blocks may be read and written.</summary>
internal sealed unsafe class SptBlockDevice(int handle, ManifestEntry* entry) : Solo5BlockDevice(handle, entry)
{
    private readonly int _descriptor = entry->HostDescriptor;

    protected override bool ReadOnce(long offset, byte* buffer, int count) => Transfer(SystemCall.ReadAt, offset, buffer, count);

    protected override bool WriteOnce(long offset, byte* buffer, int count) => Transfer(SystemCall.WriteAt, offset, buffer, count);

    private bool Transfer(int call, long offset, byte* buffer, int count)
    {
        long done;
        do
        {
            done = SystemCall.Invoke(call, _descriptor, (nint)buffer, count, (nint)offset);
        }
        while (done == SystemCall.Interrupted);
        return done == count;
    }
}
