// SPDX-License-Identifier: Apache-2.0

using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Hvt;

/// <summary>Requests to block devices.</summary>
internal static unsafe class BlockTransfer
{
    /// <summary>
    /// Does a request of one block, or of several where that was granted. A write that the host has no room for, or cannot do, is the guest's to deal with,
    /// as it is on spt; a read that fails ends the guest.
    /// </summary>
    internal static CallResult Run(in Device device, bool write, ulong offset, byte* data, ulong length, bool largeBlocks)
    {
        ulong longest = largeBlocks ? ExtensionAnswer.MaxBlockRequest : device.BlockSize;
        bool whole = length != 0 && ((offset | length) & (device.BlockSize - 1)) == 0;
        bool inside = length <= longest && length <= device.Capacity && offset <= device.Capacity - length;
        if (!whole || !inside || (write && device.ReadOnly)) return CallResult.Invalid;
        uint call = write ? SystemCall.PWrite64 : SystemCall.PRead64;
        for (ulong done = 0; done < length;)
        {
            long count = Kernel.Call(call, device.Descriptor, (nint)(data + done), (nint)(length - done), (nint)(offset + done));
            if (count == Kernel.Interrupted) continue;
            if (count <= 0 && write) return CallResult.Unspecified;
            if (count <= 0) Tender.Abort(TenderError.GuestDeviceFailed, 0, count);
            done += (ulong)count;
        }

        return CallResult.Ok;
    }
}
