// SPDX-License-Identifier: Apache-2.0

using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Hvt;

/// <summary>
/// Frames to and from network devices. Where the tap has headers of which the guest does not know, an empty one goes before each frame that is sent
/// and is taken off each that arrives.
/// </summary>
internal static unsafe class NetTransfer
{
    private const ulong PacketSizeMax = 65535;

    /// <summary>Sends one frame. What the wire does not take is lost, as on any wire.</summary>
    internal static CallResult Write(in Device device, byte* data, ulong length, bool offload)
    {
        if (length > LongestFrame(device, offload)) return CallResult.Invalid;
        long count;
        do count = device.HasNetHeader && !offload ? WriteWithHeader(device.Descriptor, data, length) : Kernel.Write(device.Descriptor, data, (nint)length);
        while (count == Kernel.Interrupted);
        return count == Kernel.TryAgain ? CallResult.Again : CallResult.Ok;
    }

    /// <summary>Takes the next frame; <paramref name="length"/> is the room, then the frame's size.</summary>
    internal static CallResult Read(in Device device, byte* data, ref ulong length, bool offload)
    {
        if (length < device.Mtu + (ulong)Solo5.EthernetHeaderSize) return CallResult.Invalid;
        bool strip = device.HasNetHeader && !offload;
        long count;
        do
        {
            count = strip
                ? ReadWithoutHeader(device.Descriptor, data, length)
                : Kernel.Call(SystemCall.Read, device.Descriptor, (nint)data, (nint)length);
        }
        while (count == Kernel.Interrupted);
        if (count == Kernel.TryAgain) return CallResult.Again;
        if (count < 0) Tender.Abort(TenderError.GuestDeviceFailed, 0, count);
        length = (ulong)count;
        return CallResult.Ok;
    }

    private static ulong LongestFrame(in Device device, bool offload) =>
        device.HasNetHeader && offload
            ? PacketSizeMax + Solo5.EthernetHeaderSize + ExtensionAnswer.NetHeaderSize
            : device.Mtu + (ulong)Solo5.EthernetHeaderSize;

    private static long WriteWithHeader(int descriptor, byte* data, ulong length)
    {
        byte* header = stackalloc byte[(int)ExtensionAnswer.NetHeaderSize];
        for (uint i = 0; i < ExtensionAnswer.NetHeaderSize; i++) header[i] = 0;
        return Transfer(SystemCall.WriteV, descriptor, header, data, length);
    }

    private static long ReadWithoutHeader(int descriptor, byte* data, ulong length)
    {
        byte* header = stackalloc byte[(int)ExtensionAnswer.NetHeaderSize];
        long count = Transfer(SystemCall.ReadV, descriptor, header, data, length);
        return count < 0 ? count : count <= ExtensionAnswer.NetHeaderSize ? Kernel.TryAgain : count - ExtensionAnswer.NetHeaderSize;
    }

    private static long Transfer(uint call, int descriptor, byte* header, byte* data, ulong length)
    {
        ulong* vector = stackalloc ulong[4]; // two of struct iovec
        vector[0] = (ulong)header;
        vector[1] = ExtensionAnswer.NetHeaderSize;
        vector[2] = (ulong)data;
        vector[3] = length;
        return Kernel.Call(call, descriptor, (nint)vector, 2);
    }
}
