// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Platform.Pvh;

/// <summary>The first serial port, a 16550 at 115,200 baud, 8 bits, no parity: what the guest prints, and the host's word to stop.</summary>
internal static unsafe class SerialConsole
{
    /// <summary>The interrupt controller's pin.</summary>
    internal const byte InterruptPin = 4;

    private const ushort Data = 0x3f8;
    private const ushort InterruptEnable = Data + 1;
    private const ushort FifoControl = Data + 2;
    private const ushort LineControl = Data + 3;
    private const ushort ModemControl = Data + 4;
    private const ushort LineStatus = Data + 5;

    private const byte DivisorLatch = 0x80;
    private const byte EightBits = 0x03;
    private const byte FifoOn = 0x07; // and emptied, both ways
    private const byte DataTerminalReady = 0x0b; // with request to send, and interrupts let out
    private const byte ReceiverFull = 0x01;
    private const byte TransmitterEmpty = 0x20;
    private const int FifoSize = 16;
    private const int ReceivedMax = 64; // bytes to look at in one go

    private const byte EndOfTransmission = 0x04; // Ctrl-D

    internal static void Initialize()
    {
        Cpu.Out8(InterruptEnable, 0);
        Cpu.Out8(LineControl, DivisorLatch);
        Cpu.Out8(Data, 1); // 115,200 baud
        Cpu.Out8(InterruptEnable, 0);
        Cpu.Out8(LineControl, EightBits);
        Cpu.Out8(FifoControl, FifoOn);
        Cpu.Out8(ModemControl, DataTerminalReady);
    }

    /// <summary>Has the port interrupt when the host sends something.</summary>
    internal static void EnableInterrupt() => Cpu.Out8(InterruptEnable, ReceiverFull);

    internal static void Write(ReadOnlySpan<byte> text)
    {
        fixed (byte* first = text)
        {
            for (int done = 0; done < text.Length; done += FifoSize)
            {
                while ((Cpu.In8(LineStatus) & TransmitterEmpty) == 0)
                {
                    // The host does not take it: a console is read, or the guest waits.
                }

                Cpu.OutString(Data, first + done, Math.Min(FifoSize, text.Length - done));
            }
        }
    }

    /// <summary>Takes what the host has sent; whether it asks to stop.</summary>
    internal static bool TakeStopRequest()
    {
        bool stop = false;
        for (int i = 0; i < ReceivedMax && (Cpu.In8(LineStatus) & ReceiverFull) != 0; i++)
        {
            stop |= Cpu.In8(Data) == EndOfTransmission;
        }

        return stop;
    }
}
