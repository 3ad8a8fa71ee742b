// SPDX-License-Identifier: Apache-2.0

using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Uaas.Devices;
using Uaas.Wire;

namespace Uaas.Net.Testing;

/// <summary>A Linux tap, with or without offloads by IFF_VNET_HDR (linux/if_tun.h, linux/virtio_net.h).</summary>
public sealed partial class TapDevice : NetworkDevice, IDisposable
{
    private const int OpenReadWriteNonBlocking = 2 | 0x800;
    private const ulong SetInterface = 0x4004_54CA;
    private const ulong SetOffload = 0x4004_54D0;
    private const short Tap = 0x0002;
    private const short NoPacketInformation = 0x1000;
    private const short VirtioHeader = 0x4000;
    private const int OffloadChecksum = 1;
    private const int OffloadTcp4 = 2;
    private const int HeaderSize = 10;
    private const byte NeedsChecksum = 1;
    private const byte DataValid = 2;
    private const byte SegmentTcp4 = 1;
    private const short PollIn = 1;
    private const int LargestFrame = 65_549;

    private readonly int _descriptor;
    private readonly int _headerSize;
    private readonly byte[] _received = new byte[HeaderSize + LargestFrame];
    private readonly byte[] _transmit = new byte[HeaderSize + LargestFrame];

    /// <summary>Makes a tap in the namespace of the calling thread.</summary>
    /// <param name="name">Name of the interface on the host's side.</param>
    /// <param name="address">The guest's station.</param>
    /// <param name="offloads">None, or both.</param>
    /// <param name="mtu">Largest IP packet.</param>
    public TapDevice(string name, MacAddress address, NetworkOffloads offloads, int mtu = 1500)
    {
        Address = address;
        Offloads = offloads;
        Mtu = mtu;
        _headerSize = offloads == NetworkOffloads.None ? 0 : HeaderSize;
        _descriptor = Open("/dev/net/tun", OpenReadWriteNonBlocking);
        if (_descriptor < 0) throw new IOException("cannot open /dev/net/tun", new Win32Exception());

        byte[] request = new byte[40];
        Encoding.ASCII.GetBytes(name, request);
        short flags = (short)(Tap | NoPacketInformation | (_headerSize > 0 ? VirtioHeader : 0));
        BitConverter.TryWriteBytes(request.AsSpan(16), flags);
        if (Control(_descriptor, SetInterface, request) != 0) throw new IOException($"cannot make tap {name}", new Win32Exception());
        int tasks = (offloads & NetworkOffloads.Segmentation) != 0 ? OffloadChecksum | OffloadTcp4 : OffloadChecksum;
        if (_headerSize > 0 && ControlValue(_descriptor, SetOffload, tasks) != 0) throw new IOException($"cannot set offloads of tap {name}", new Win32Exception());
    }

    /// <inheritdoc/>
    public override MacAddress Address { get; }

    /// <inheritdoc/>
    public override int Mtu { get; }

    /// <inheritdoc/>
    public override NetworkOffloads Offloads { get; }

    /// <summary>Why taps cannot be made here; null when they can.</summary>
    public static string? Obstacle()
    {
        int descriptor = Open("/dev/net/tun", OpenReadWriteNonBlocking);
        if (descriptor < 0) return "needs /dev/net/tun";
        Close(descriptor);
        return Root.Obstacle;
    }

    /// <summary>Sleeps until a frame can be received or so many milliseconds have passed.</summary>
    public void Wait(int milliseconds)
    {
        PollDescriptor descriptor = new() { Descriptor = _descriptor, Events = PollIn };
        Poll(ref descriptor, 1, milliseconds);
    }

    /// <inheritdoc/>
    public override bool TryReceive(out ReceivedFrame frame)
    {
        frame = default;
        nint length = Read(_descriptor, ref _received[0], _received.Length);
        if (length <= _headerSize) return false;
        bool trusted = _headerSize > 0 && (_received[0] & (NeedsChecksum | DataValid)) != 0;
        frame = new ReceivedFrame(_received.AsSpan(_headerSize, (int)length - _headerSize), trusted);
        return true;
    }

    /// <inheritdoc/>
    public override Span<byte> BeginTransmit(int length) => _transmit.AsSpan(_headerSize, length);

    /// <inheritdoc/>
    public override void EndTransmit(int length, in TransmitOffload offload)
    {
        if (_headerSize > 0)
        {
            Span<byte> header = _transmit.AsSpan(0, HeaderSize);
            header.Clear();
            if (offload.ChecksumStart != 0)
            {
                header[0] = NeedsChecksum;
                BitConverter.TryWriteBytes(header[6..], offload.ChecksumStart);
                BitConverter.TryWriteBytes(header[8..], offload.ChecksumOffset);
            }

            if (offload.SegmentSize != 0)
            {
                header[1] = SegmentTcp4;
                BitConverter.TryWriteBytes(header[2..], offload.HeaderLength);
                BitConverter.TryWriteBytes(header[4..], offload.SegmentSize);
            }
        }

        // A full queue drops, as a wire may.
        Write(_descriptor, _transmit, _headerSize + length);
    }

    /// <inheritdoc/>
    public void Dispose() => Close(_descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, ulong request, [In, Out] byte[] argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlValue(int descriptor, ulong request, nint argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, ref byte buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte[] buffer, nint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int milliseconds);
}
