// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>
/// What an spt guest may ask of Linux: exactly the calls of Solo5's interface, and of what was granted beyond it, on its own descriptors only. The most frequent come first,
/// since Linux walks the filter at each call.
/// </summary>
public static class SptFilter
{
    /// <summary>Instructions of the largest filter: 63 block devices with large requests, read and written.</summary>
    public const int MaxLength = 4096;

    private const uint StandardOutput = 1;
    private const uint RealTime = 0;
    private const uint Monotonic = 1;
    private const uint SetThreadPointer = 0x1002;

    /// <summary>Builds the filter; false where it does not fit the storage.</summary>
    /// <param name="program">An empty program.</param>
    /// <param name="devices">The guest's devices by handle.</param>
    /// <param name="epoll">The epoll descriptor.</param>
    /// <param name="timer">The timer descriptor.</param>
    /// <param name="granted">What was granted: <see cref="GuestFeatures.LargeBlocks"/> and <see cref="GuestFeatures.Gather"/> need more than Solo5's calls.</param>
    public static bool TryBuild(ref BpfProgram program, ReadOnlySpan<Device> devices, int epoll, int timer, GuestFeatures granted)
    {
        bool largeBlocks = (granted & GuestFeatures.LargeBlocks) != 0;
        AllowOnNetworks(ref program, SystemCall.Read, devices);
        program.Call(SystemCall.Write);
        program.LoadLow(0);
        AllowNetworks(ref program, devices);
        program.AllowIfEqual(StandardOutput);
        program.EndCall();
        if ((granted & GuestFeatures.Gather) != 0) AllowOnNetworks(ref program, SystemCall.WriteV, devices);
        AllowOn(ref program, SystemCall.EpollPWait, (uint)epoll);
        AllowOn(ref program, SystemCall.TimerFdSetTime, (uint)timer);
        AllowBlocks(ref program, SystemCall.PRead64, devices, largeBlocks);
        AllowBlocks(ref program, SystemCall.PWrite64, devices, largeBlocks);
        program.Call(SystemCall.ClockGetTime);
        program.LoadLow(0);
        program.AllowIfEqual(Monotonic);
        program.AllowIfEqual(RealTime);
        program.EndCall();
        AllowOn(ref program, SystemCall.ArchPrCtl, SetThreadPointer);
        program.AllowCall(SystemCall.ExitGroup);
        program.Kill();
        return !program.Overflowed;
    }

    private static void AllowOn(ref BpfProgram program, uint call, uint firstArgument)
    {
        program.Call(call);
        program.LoadLow(0);
        program.AllowIfEqual(firstArgument);
        program.EndCall();
    }

    private static void AllowOnNetworks(ref BpfProgram program, uint call, ReadOnlySpan<Device> devices)
    {
        program.Call(call);
        program.LoadLow(0);
        AllowNetworks(ref program, devices);
        program.EndCall();
    }

    private static void AllowNetworks(ref BpfProgram program, ReadOnlySpan<Device> devices)
    {
        foreach (ref readonly Device device in devices)
        {
            if (device.Kind == DeviceKind.Net) program.AllowIfEqual((uint)device.Descriptor);
        }
    }

    private static void AllowBlocks(ref BpfProgram program, uint call, ReadOnlySpan<Device> devices, bool largeBlocks)
    {
        program.Call(call);
        program.LoadLow(0);
        foreach (ref readonly Device device in devices)
        {
            if (device.Kind != DeviceKind.Block || (device.ReadOnly && call == SystemCall.PWrite64)) continue;
            bool large = largeBlocks && device.Capacity >= ExtensionAnswer.MaxBlockRequest;
            program.Branch(BpfProgram.JumpEqual, (uint)device.Descriptor, 0, large ? 22 : 13);
            AllowRequests(ref program, device, large);
        }

        program.EndCall();
    }

    /// <summary>
    /// One block anywhere; or several at once, up to a bound, before the last such stretch of the device, so that the offset's limit is a constant.
    /// </summary>
    private static void AllowRequests(ref BpfProgram program, in Device device, bool large)
    {
        const int count = 2;
        const int offset = 3;
        program.LoadHigh(count);
        program.Branch(BpfProgram.JumpEqual, 0, 1, 0);
        program.Kill();
        program.LoadLow(count);
        program.Branch(BpfProgram.JumpEqual, device.BlockSize, large ? 0 : 1, large ? 7 : 0);
        if (!large) program.Kill();
        program.AllowIfAtMost(offset, device.Capacity - device.BlockSize);
        if (!large) return;
        program.Branch(BpfProgram.JumpAnyBit, device.BlockSize - 1, 1, 0);
        program.Branch(BpfProgram.JumpGreater, ExtensionAnswer.MaxBlockRequest, 0, 1);
        program.Kill();
        program.AllowIfAtMost(offset, device.Capacity - ExtensionAnswer.MaxBlockRequest);
    }
}
