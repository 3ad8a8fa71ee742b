// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Uaas.Devices;
using Uaas.Devices.Lanes;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Fuzz.Devices;

/// <summary>
/// A linked instance gone wrong: it writes what it likes to the memory that it shares, between and beside frames that are sent and received. Around that memory nothing can be
/// touched: who reads past its end ends the process. The first byte of each step says what is done.
/// </summary>
internal sealed unsafe partial class LaneTarget : IFuzzTarget
{
    private const int Guard = 0x10_0000;
    private const int Stride = 0x40_0000;
    private const uint Peer = 0x0A4D_0102;
    private const ushort Port = 80;
    private const int None = 0;
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private static readonly byte* s_directory = Allocate(LaneLayout.DirectorySize);
    private static readonly byte* s_lane = Allocate(LaneLayout.LaneSize);

    private readonly byte[] _buffer = new byte[65_549];
    private readonly byte[] _frame = FrameFrom(0x0A4D_0101, Peer, 40_000, Port);
    private readonly LaneSet _lanes;
    private uint _generation;

    public LaneTarget()
    {
        NativeMemory.Clear(s_directory, LaneLayout.DirectorySize);
        NativeMemory.Clear(s_lane, LaneLayout.LaneSize);
        *(uint*)s_directory = LaneLayout.Magic;
        *(uint*)(s_directory + LaneLayout.CountOffset) = 1;
        _lanes = new LaneSet(s_directory, s_lane, Stride);
    }

    public IReadOnlyList<byte[]> Seeds { get; } = [Step(3, 60), [.. Step(3, 60), .. Step(0, 128), 5, 6, 5], [.. Step(0, 0), .. Step(2, 2), 6, 6, 7, .. Step(1, 64), 6], Step(4, 1 << 20)];

    public void Run(ReadOnlySpan<byte> input)
    {
        Begin();
        while (!input.IsEmpty)
        {
            int step = input[0] % 8;
            input = input[1..];
            uint value = input.Length < 4 ? (uint)input.Length : BinaryPrimitives.ReadUInt32LittleEndian(input);
            if (step < 5) input = input[Math.Min(4, input.Length)..];
            Do(step, value, ref input);
        }
    }

    private void Do(int step, uint value, ref ReadOnlySpan<byte> input)
    {
        byte* theirs = s_lane + LaneLayout.DirectionSize; // they write, we read; the instance has had the lane from its beginning
        byte* record = theirs + LaneLayout.HeaderSize + (*(uint*)(theirs + LaneLayout.ConsumedOffset) & (LaneLayout.RingSize - 64));
        switch (step)
        {
            case 0: *(uint*)(theirs + LaneLayout.ProducedOffset) = value; break;
            case 1: *(uint*)(s_lane + LaneLayout.ConsumedOffset) = value; break;
            case 2: *(uint*)(s_lane + LaneLayout.StateOffset) = value; break;
            case 3:
                *(uint*)record = value;
                int count = (int)Math.Min(Math.Min(value, (uint)input.Length), theirs + LaneLayout.DirectionSize - record - 8);
                if (count > 0) input[..count].CopyTo(new Span<byte>(record + 8, count));
                input = input[Math.Max(count, 0)..];
                break;
            case 4: *(uint*)(s_lane + (value % LaneLayout.LaneSize & ~3u)) = value; break;
            case 5: Receive(); break;
            case 6: _lanes.TrySend([new FramePiece { Source = _frame, Length = 60 }, new FramePiece { Source = _frame, Start = 60, Length = _frame.Length - 60 }], 0, _frame.Length); break;
            default: if (_lanes.TrySleep()) _lanes.Wake(); break;
        }
    }

    private void Receive()
    {
        if (!_lanes.TryReceive(_buffer, new MacAddress(1), new MacAddress(3), out int length)) return;
        bool isAllowed = length is >= 54 and <= 65_549 && BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(26)) == Peer && _buffer[23] == (byte)IpProtocol.Tcp;
        if (!isAllowed) throw new InvalidOperationException($"a frame of {length} bytes that no link allows was received");
    }

    private void Begin()
    {
        for (int i = 0; i < 2; i++) NativeMemory.Clear(s_lane + i * LaneLayout.DirectionSize, LaneLayout.HeaderSize);
        byte* entry = s_directory + LaneLayout.EntriesOffset;
        *(uint*)(entry + LaneLayout.PeerOffset) = Peer;
        *(ushort*)(entry + LaneLayout.OwnPortCountOffset) = 1;
        *(ushort*)(entry + LaneLayout.OwnPortsOffset) = Port;
        *(ushort*)(entry + LaneLayout.PeerPortCountOffset) = 1;
        *(ushort*)(entry + LaneLayout.PeerPortsOffset) = Port;
        *(uint*)(entry + LaneLayout.GenerationOffset) = ++_generation == 0 ? ++_generation : _generation;
        *(uint*)(s_directory + LaneLayout.VersionOffset) = _generation;
        *(uint*)(s_lane + LaneLayout.StateOffset) = ReaderState.Awake;
        if (!_lanes.IsActive) throw new InvalidOperationException("a lane that has a peer is not active");
    }

    private static byte[] Step(byte step, int value) => [step, .. BitConverter.GetBytes(value), .. FrameFrom(Peer, 0x0A4D_0101, 6, Port)];

    private static byte[] FrameFrom(uint from, uint to, int payload, ushort port) => Frames.Tcp(new MacAddress(2), new MacAddress(4), new Ipv4Address(from), new Ipv4Address(to),
        new TcpTemplate { SourcePort = 50_000, DestinationPort = port, Payload = new byte[payload] });

    private static byte* Allocate(int size)
    {
        byte* start = (byte*)Map(0, size + 2 * Guard, None, PrivateAnonymous, -1, 0);
        if (Protect(start + Guard, size, ReadWrite) != 0) throw new InvalidOperationException("no memory for lanes");
        return start + Guard;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(byte* address, nint length, int protection);
}
