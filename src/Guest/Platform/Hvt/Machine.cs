// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using Uaas.Devices;
using Uaas.Platform.Exceptions;
using Uaas.Platform.Hvt;
using Uaas.Platform.Solo5;

namespace Uaas.Platform;

/// <summary>Solo5 hvt: a virtual machine whose tender answers a handful of hypercalls.</summary>
public static unsafe partial class Machine
{
    private static BootInformation* s_boot;
    private static TimeStampClock s_clock;
    private static long s_bootTime;
    private static bool s_stopRequested;

    public static partial ReadOnlySpan<byte> Name => "hvt"u8;

    public static partial long Now => s_clock.Now;

    public static partial long UtcNow => Hypercall.WallTime();

    public static partial long BootTime => s_bootTime;

    public static partial ReadOnlySpan<byte> Settings => Extensions.Settings;

    public static partial bool StopRequested => s_stopRequested;

    public static partial ReadOnlySpan<byte> CommandLine
    {
        get
        {
            int length = 0;
            while (s_boot->CommandLine[length] != 0) length++;
            return new ReadOnlySpan<byte>(s_boot->CommandLine, length);
        }
    }

    public static partial void Write(ReadOnlySpan<byte> text)
    {
        fixed (byte* first = text) Hypercall.Puts(first, text.Length);
    }

    public static partial void Wait(long deadline)
    {
        // No device has handle 0; there the tender's extension tells of a request to stop.
        ulong ready = Hypercall.Poll(Math.Max(deadline - Now, 0));
        if ((ready & 1) != 0 && Extensions.Stop) s_stopRequested = true;
    }

    public static partial void Exit(int status)
    {
        while (true) Hypercall.Halt(status);
    }

    public static partial NetworkDevice? OpenNetwork(int index)
    {
        int handle = Manifest.Find(s_boot->Manifest, DeviceType.Network, index);
        return handle < 0 ? null : new HvtNetworkDevice(handle, Manifest.Entry(s_boot->Manifest, handle));
    }

    public static partial BlockDevice? OpenBlock(int index)
    {
        int handle = Manifest.Find(s_boot->Manifest, DeviceType.Block, index);
        return handle < 0 ? null : new HvtBlockDevice(handle, Manifest.Entry(s_boot->Manifest, handle));
    }

    public static partial void FillEntropy(Span<byte> destination)
    {
        Processor.FillEntropy(destination);
        Extensions.MixSeed(destination);
    }

    [UnmanagedCallersOnly(EntryPoint = "uaas_hvt_start")]
    private static void Start(BootInformation* boot, byte* memoryEnd)
    {
        s_boot = boot;
        s_clock = new TimeStampClock(boot->TimeStampFrequency);
        s_bootTime = Now;
        Memory.Initialize(memoryEnd);
        ExceptionTable.Load();
        Application.Main();
        Exit(0);
    }
}
