// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Networking;

/// <summary>
/// A tap: an Ethernet link whose other end is this descriptor. The link has a carrier while somebody holds the descriptor and goes when the last
/// holder closes it. Descriptors are passed on, never names: to open by name from another namespace would silently make a new tap there.
/// </summary>
public sealed unsafe class Tap : IDisposable
{
    private const string Device = "/dev/net/tun";
    private const ulong SetInterface = 0x4004_54ca;
    private const ulong SetPersistent = 0x4004_54cb;
    private const int InterfaceRequestSize = 40;
    private const int NameSize = 16;
    private const int AttemptsWhileBusy = 200;
    private const short TapFlag = 0x0002;
    private const short NoPacketInformation = 0x1000;
    private const short OffloadHeader = 0x4000;

    private Tap(SafeFileHandle descriptor, string name, int index, bool offloads)
    {
        Descriptor = descriptor;
        Name = name;
        Index = index;
        Offloads = offloads;
    }

    /// <summary>The guest's end: non-blocking; one frame a read or write.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>The link's name in its namespace.</summary>
    public string Name { get; }

    /// <summary>The link's index in its namespace.</summary>
    public int Index { get; }

    /// <summary>Whether each frame has a virtio header before it (IFF_VNET_HDR), by which checksum and segmentation are offloaded.</summary>
    public bool Offloads { get; }

    /// <summary>What keeps this user from opening the device that taps are made from; null for nothing.</summary>
    public static UaasException? FindObstacle()
    {
        using SafeFileHandle descriptor = OpenDevice();
        return descriptor.IsInvalid ? CannotOpen(Marshal.GetLastPInvokeError()) : null;
    }

    /// <summary>Makes a tap in the network namespace of the calling thread.</summary>
    /// <exception cref="UaasException">The kernel has no taps, or this user may not make one: the message says what to do.</exception>
    public static Tap Create(bool offloads)
    {
        SafeFileHandle descriptor = OpenDevice();
        if (descriptor.IsInvalid)
            throw CannotOpen(Marshal.GetLastPInvokeError());

        byte* request = stackalloc byte[InterfaceRequestSize];
        Attach(descriptor, "uaas%d"u8, request, offloads);
        int index = (int)Libc.InterfaceIndex(request);
        if (index == 0)
            throw SystemCallException.Last("if_nametoindex");
        string name = Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(request));
        return new Tap(descriptor, name, index, offloads);
    }

    /// <summary>
    /// Has the link outlive its descriptor, until <see cref="Remove"/> or the end of the namespace. To let go of such a tap and to take it again costs
    /// microseconds, where to remove a link and make another costs tens of milliseconds.
    /// </summary>
    /// <exception cref="SystemCallException">The kernel does not let it.</exception>
    public void Keep()
    {
        if (Libc.DeviceControl(Descriptor, SetPersistent, (nint)1) != 0)
            throw SystemCallException.Last("keep a tap");
    }

    /// <summary>
    /// The same link by a new descriptor: what waited in the old one is gone with it, which must be closed by whoever else held it. The calling thread
    /// must live in the link's namespace: elsewhere this would make a new link of that name.
    /// </summary>
    /// <exception cref="UaasException">The link cannot be taken.</exception>
    public Tap Reopen(bool offloads)
    {
        Descriptor.Dispose();
        byte* request = stackalloc byte[InterfaceRequestSize];
        for (int attempt = 1; ; attempt++)
        {
            SafeFileHandle descriptor = OpenDevice();
            if (descriptor.IsInvalid)
                throw CannotOpen(Marshal.GetLastPInvokeError());
            int error = TryAttach(descriptor, Encoding.ASCII.GetBytes(Name), request, offloads);
            if (error == 0)
                return new Tap(descriptor, Name, Index, offloads);
            descriptor.Dispose();
            if (error != Errno.Busy || attempt == AttemptsWhileBusy)
                throw CannotCreate(error);

            // A process that is just being started has copies of this one's descriptors until it closes them.
            System.Threading.Thread.Sleep(1);
        }
    }

    /// <summary>Removes a link that was to be kept. It takes 20 ms and more.</summary>
    public void Remove()
    {
        Libc.DeviceControl(Descriptor, SetPersistent, (nint)0);
        Dispose();
    }

    /// <summary>Lets go of the descriptor. Where that was the last one, the kernel takes 20 ms and more to remove the link.</summary>
    public void Dispose() => Descriptor.Dispose();

    /// <summary>Makes the descriptor the end of a link; its name is in the request then.</summary>
    private static void Attach(SafeFileHandle descriptor, ReadOnlySpan<byte> name, byte* request, bool offloads)
    {
        int error = TryAttach(descriptor, name, request, offloads);
        if (error == 0)
            return;
        descriptor.Dispose();
        throw CannotCreate(error);
    }

    private static int TryAttach(SafeFileHandle descriptor, ReadOnlySpan<byte> name, byte* request, bool offloads)
    {
        new Span<byte>(request, InterfaceRequestSize).Clear();
        name.CopyTo(new Span<byte>(request, NameSize));
        *(short*)(request + NameSize) = (short)(TapFlag | NoPacketInformation | (offloads ? OffloadHeader : 0));
        return Libc.DeviceControl(descriptor, SetInterface, request) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static SafeFileHandle OpenDevice() => Libc.Open(Device, Libc.OpenReadWrite | Libc.OpenNonBlocking | Libc.OpenCloseOnExec, 0);

    internal static UaasException CannotOpen(int error) => error switch
    {
        Errno.NoEntry => new UaasException(Failure.Privilege, $"there is no {Device}",
            "load the kernel module (modprobe tun); in a container, pass the device in (--device /dev/net/tun)"),
        Errno.NoDevice => new UaasException(Failure.Privilege, $"{Device} is there, but the kernel has no driver behind it", "load it: modprobe tun"),
        Errno.Access or Errno.NotPermitted => new UaasException(Failure.Privilege, $"no permission to open {Device}",
            $"run as root (sudo), or let users open it: chmod 0666 {Device}"),
        _ => new UaasException(Failure.Privilege, $"cannot open {Device}: {Marshal.GetPInvokeErrorMessage(error)}"),
    };

    internal static UaasException CannotCreate(int error) => error switch
    {
        Errno.NotPermitted => new UaasException(Failure.Privilege, "no privilege to make a tap (CAP_NET_ADMIN is missing)",
            "run as root (sudo); in a container, give it the capability (--cap-add NET_ADMIN --cap-add SYS_ADMIN)"),
        _ => new UaasException(Failure.Privilege, $"cannot make a tap: {Marshal.GetPInvokeErrorMessage(error)}"),
    };
}
