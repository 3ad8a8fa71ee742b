// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Tenders.Linux;

/// <summary>The tap, or packet socket, behind a network device (linux/if_tun.h, netdevice(7)).</summary>
internal static unsafe class Tap
{
    private const int NameSize = 16;
    private const int InterfaceRequestSize = 40; // struct ifreq: the name, then a union
    private const uint DefaultMtu = 1500;

    private const uint GetInterfaceFlags = 0x8913;
    private const uint GetInterfaceMtu = 0x8921;
    private const ushort InterfaceUp = 1;

    private const uint AttachInterface = 0x400454CA; // TUNSETIFF
    private const uint GetInterface = 0x800454D2; // TUNGETIFF
    private const uint SetOffload = 0x400454D0;
    private const uint SetHeaderSize = 0x400454D8;
    private const ushort IsTap = 2;
    private const ushort NoPacketInformation = 0x1000;
    private const ushort NetHeader = 0x4000;
    private const int OffloadChecksum = 1;
    private const int OffloadSegmentation4 = 2;

    /// <summary>Opens or takes over what <paramref name="options"/> name, or refuses.</summary>
    internal static void Open(in DeviceOptions options, Arguments arguments, bool guestOffloads, bool stripsHeaders, ref Device device)
    {
        device.Mtu = options.Mtu;
        if (options.HasDescriptor) TakeOver(options, arguments[options.Name], guestOffloads || stripsHeaders, ref device);
        else Attach(arguments[options.Source], guestOffloads, ref device);
        if (device.HasNetHeader) SetHeader(device.Descriptor, guestOffloads, arguments[options.Name]);
    }

    private static void Attach(ReadOnlySpan<byte> name, bool guestOffloads, ref Device device)
    {
        byte* request = stackalloc byte[InterfaceRequestSize];
        Span<byte> field = Request(request, name);
        if (name.Length >= NameSize) Tender.Refuse(TenderError.TapNameTooLong, name);

        // An absent interface must be found out beforehand: attaching to it would create it.
        AskInterface(request, name, ref device.Mtu);
        fixed (byte* path = "/dev/net/tun"u8) device.Descriptor = (int)Kernel.Open(path, Kernel.ReadWrite | Kernel.NonBlocking);
        if (device.Descriptor < 0) Tender.Refuse(TenderError.TapDeviceUnavailable, name, 0, device.Descriptor);
        ushort flags = (ushort)(IsTap | NoPacketInformation | (guestOffloads ? NetHeader : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(field, flags);
        long result = Kernel.IoCtl(device.Descriptor, AttachInterface, request);
        if (result < 0) Tender.Refuse(TenderError.TapAttachFailed, name, 0, result);
        device.HasNetHeader = guestOffloads;

        // A tap keeps the offloads that its last holder set: without headers, such frames would arrive broken.
        if (!guestOffloads) Kernel.IoCtl(device.Descriptor, SetOffload);
    }

    private static void TakeOver(in DeviceOptions options, ReadOnlySpan<byte> name, bool takesHeaders, ref Device device)
    {
        device.Descriptor = options.Descriptor;
        byte* request = stackalloc byte[InterfaceRequestSize];
        long result = Kernel.IoCtl(device.Descriptor, GetInterface, request);
        if (result == 0) CheckTap(new Span<byte>(request, InterfaceRequestSize), name, takesHeaders, ref device);
        else if (!IsPacketSocket(device.Descriptor)) Tender.Refuse(TenderError.DescriptorUnusable, name, 0, result);
        else if (device.Mtu == 0) device.Mtu = DefaultMtu;

        const int getFlags = 3;
        const int setFlags = 4;
        long flags = Kernel.Call(SystemCall.FCntl, device.Descriptor, getFlags);
        if (flags >= 0 && (flags & Kernel.NonBlocking) == 0)
            flags = Kernel.Call(SystemCall.FCntl, device.Descriptor, setFlags, (nint)flags | Kernel.NonBlocking);
        if (flags < 0) Tender.Refuse(TenderError.DescriptorUnusable, name, 0, flags);
    }

    private static void CheckTap(Span<byte> request, ReadOnlySpan<byte> name, bool takesHeaders, ref Device device)
    {
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(request.Slice(NameSize));
        if ((flags & IsTap) == 0) Tender.Refuse(TenderError.TapNotATap, name);
        if ((flags & NoPacketInformation) == 0) Tender.Refuse(TenderError.TapPacketInformation, name);
        device.HasNetHeader = (flags & NetHeader) != 0;
        if (device.HasNetHeader && !takesHeaders) Tender.Refuse(TenderError.TapNeedsOffload, name);
        if (device.Mtu != 0) return;
        fixed (byte* pointer = request) AskInterface(pointer, name, ref device.Mtu);
    }

    /// <summary>Asks for the MTU where it is not given, and whether the interface is there and up.</summary>
    private static void AskInterface(byte* request, ReadOnlySpan<byte> name, ref uint mtu)
    {
        const int internetFamily = 2;
        const int datagram = 2;
        long socket = Kernel.Call(SystemCall.Socket, internetFamily, datagram | Kernel.CloseOnExec);
        long result = socket < 0 ? socket : Kernel.IoCtl((int)socket, GetInterfaceFlags, request);
        if (socket < 0) Tender.Refuse(TenderError.TapMtuUnknown, name, 0, result);
        if (result < 0) Tender.Refuse(TenderError.TapMissing, name, 0, result);
        if ((request[NameSize] & InterfaceUp) == 0) Tender.Refuse(TenderError.TapDown, name);
        if (mtu == 0)
        {
            result = Kernel.IoCtl((int)socket, GetInterfaceMtu, request);
            if (result < 0) Tender.Refuse(TenderError.TapMtuUnknown, name, 0, result);
            mtu = Math.Min(*(uint*)(request + NameSize), ushort.MaxValue);
        }

        Kernel.Call(SystemCall.Close, (nint)socket);
    }

    /// <summary>Fixes the header's size, and lets the host leave checksums and segmentation of IPv4 TCP to a guest that knows of them.</summary>
    private static void SetHeader(int descriptor, bool guestOffloads, ReadOnlySpan<byte> name)
    {
        int size = (int)ExtensionAnswer.NetHeaderSize;
        long result = Kernel.IoCtl(descriptor, SetHeaderSize, &size);
        if (result == 0) result = Kernel.IoCtl(descriptor, SetOffload, (nint)(guestOffloads ? OffloadChecksum | OffloadSegmentation4 : 0));
        if (result < 0) Tender.Refuse(TenderError.TapOffloadFailed, name, 0, result);
    }

    /// <summary>Sockets that keep the boundaries of frames: a pair of those stands in for a tap where none can be had.</summary>
    private static bool IsPacketSocket(int descriptor)
    {
        const int socketLevel = 1;
        const int socketType = 3;
        const int datagram = 2;
        const int sequencedPackets = 5;
        int type = 0;
        int size = sizeof(int);
        long result = Kernel.Invoke(SystemCall.GetSockOpt, descriptor, socketLevel, socketType, (nint)(&type), (nint)(&size), 0);
        return result == 0 && type is datagram or sequencedPackets;
    }

    private static Span<byte> Request(byte* memory, ReadOnlySpan<byte> name)
    {
        Span<byte> request = new(memory, InterfaceRequestSize);
        request.Clear();
        if (name.Length < NameSize) name.CopyTo(request);
        return request.Slice(NameSize);
    }
}
