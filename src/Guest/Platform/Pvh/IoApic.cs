// SPDX-License-Identifier: Apache-2.0

using System.Threading;

namespace Uaas.Platform.Pvh;

/// <summary>The machine's interrupt controller: takes the devices' pins to the processor's vectors (82093AA).</summary>
internal static unsafe class IoApic
{
    /// <summary>Pins of one controller.</summary>
    internal const int PinCount = 24;

    private const ulong Base = 0xfec0_0000;
    private const ushort FirstOldMask = 0x21; // 8259A
    private const ushort SecondOldMask = 0xa1;
    private const byte AllPins = 0xff;
    private const int Select = 0x00;
    private const int Window = 0x10;
    private const uint RedirectionTable = 0x10;

    /// <summary>Makes it reachable, and silences the two older controllers, which the firmware of an ordinary machine leaves on.</summary>
    internal static void Initialize()
    {
        PageTables.MapDevice(Base, PageTables.SmallPage);
        Cpu.Out8(FirstOldMask, AllPins);
        Cpu.Out8(SecondOldMask, AllPins);
    }

    /// <summary>Lets a pin interrupt processor 0, at each rise of its line. A device's line stays high until its interrupt is acknowledged.</summary>
    internal static void Enable(int pin)
    {
        Write(RedirectionTable + (uint)pin * 2 + 1, 0); // to processor 0
        Write(RedirectionTable + (uint)pin * 2, (uint)(InterruptTable.FirstInterrupt + pin)); // fixed, edge, active high
    }

    private static void Write(uint register, uint value)
    {
        Volatile.Write(ref *(uint*)(Base + Select), register);
        Volatile.Write(ref *(uint*)(Base + Window), value);
    }
}
