// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>What the hvt tender may still ask of Linux once its guest runs: to run it, and the input and output of its devices.</summary>
public static class HvtFilter
{
    /// <summary>Instructions of the largest filter: 63 devices.</summary>
    public const int MaxLength = 1024;

    /// <summary>KVM_RUN.</summary>
    public const uint Run = 0xAE80;

    /// <summary>KVM_GET_REGS, to report a guest that trapped.</summary>
    public const uint GetRegisters = 0x8090AE81;

    private const uint StandardOutput = 1;
    private const uint StandardError = 2;

    /// <summary>Builds the filter; false where it does not fit the storage.</summary>
    /// <param name="program">An empty program.</param>
    /// <param name="devices">The guest's devices by handle.</param>
    /// <param name="processor">The descriptor of the virtual processor.</param>
    /// <param name="epoll">The epoll descriptor.</param>
    /// <param name="timer">The timer descriptor.</param>
    public static bool TryBuild(ref BpfProgram program, ReadOnlySpan<Device> devices, int processor, int epoll, int timer)
    {
        program.Call(SystemCall.IoCtl);
        program.LoadLow(0);
        program.Branch(BpfProgram.JumpEqual, (uint)processor, 1, 0);
        program.Kill();
        program.LoadLow(1);
        program.AllowIfEqual(Run);
        program.AllowIfEqual(GetRegisters);
        program.EndCall();
        AllowDevices(ref program, SystemCall.Read, devices, DeviceKind.Net);
        AllowDevices(ref program, SystemCall.Write, devices, DeviceKind.Net);
        AllowDevices(ref program, SystemCall.ReadV, devices, DeviceKind.Net);
        AllowDevices(ref program, SystemCall.WriteV, devices, DeviceKind.Net);
        AllowDevices(ref program, SystemCall.PRead64, devices, DeviceKind.Block);
        AllowDevices(ref program, SystemCall.PWrite64, devices, DeviceKind.Block);
        AllowOn(ref program, SystemCall.EpollPWait, epoll);
        AllowOn(ref program, SystemCall.TimerFdSetTime, timer);
        program.AllowCall(SystemCall.ClockGetTime);
        program.AllowCall(SystemCall.ExitGroup);
        program.Kill();
        return !program.Overflowed;
    }

    private static void AllowOn(ref BpfProgram program, uint call, int descriptor)
    {
        program.Call(call);
        program.LoadLow(0);
        program.AllowIfEqual((uint)descriptor);
        program.EndCall();
    }

    private static void AllowDevices(ref BpfProgram program, uint call, ReadOnlySpan<Device> devices, DeviceKind kind)
    {
        program.Call(call);
        program.LoadLow(0);
        foreach (ref readonly Device device in devices)
        {
            if (device.Kind != kind || (device.ReadOnly && call == SystemCall.PWrite64)) continue;
            program.AllowIfEqual((uint)device.Descriptor);
        }

        if (call == SystemCall.Write)
        {
            program.AllowIfEqual(StandardOutput);
            program.AllowIfEqual(StandardError);
        }

        program.EndCall();
    }
}
