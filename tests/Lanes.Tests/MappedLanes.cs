// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using Uaas.Devices;
using Uaas.Devices.Lanes;
using Uaas.Networking.Lanes;
using Uaas.Wire;
using Xunit;

namespace Uaas.Lanes.Tests;

/// <summary>An instance's lanes as its tender maps them, with the guest's own code on top.</summary>
internal sealed unsafe partial class MappedLanes : IDisposable
{
    private const int Stride = 0x40_0000;
    private const int Size = 0x40_0000 + LaneLayout.LanesMax * Stride;
    private const int Nothing = 0;
    private const int Read = 1;
    private const int ReadWrite = 3;
    private const int Shared = 1;
    private const int FixedPlace = 0x10;
    private const int PrivateAnonymous = 0x22;

    private readonly byte* _start;
    private readonly byte[] _buffer = new byte[65_549];

    internal MappedLanes(InstanceLanes given)
    {
        _start = (byte*)Map(0, Size, Nothing, PrivateAnonymous, -1, 0);
        Place(given.Directory, _start, LaneLayout.DirectorySize, Read);
        for (int i = 0; i < given.Lanes.Count; i++)
            Place(given.Lanes[i], Lane(i), LaneLayout.LaneSize, ReadWrite);
        Set = new LaneSet(_start, Lane(0), Stride);
    }

    internal static MacAddress Station { get; } = new(0x02_00_00_00_00_07);

    internal static MacAddress Node { get; } = new(0x02_00_00_00_00_01);

    internal LaneSet Set { get; }

    internal byte* Lane(int index) => _start + 0x40_0000 + index * Stride;

    internal bool Send(byte[] frame) => Set.TrySend([new FramePiece { Source = frame, Length = frame.Length }], 0, frame.Length);

    /// <summary>The next frame, or null.</summary>
    internal byte[]? Receive() => Set.TryReceive(_buffer, Station, Node, out int length) ? _buffer[..length] : null;

    public void Dispose() => Unmap(_start, Size);

    private static void Place(SafeHandle file, byte* where, int size, int protection)
    {
        Assert.Equal((nint)where, Map((nint)where, size, protection, Shared | FixedPlace, (int)file.DangerousGetHandle(), 0));
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nint length);
}
