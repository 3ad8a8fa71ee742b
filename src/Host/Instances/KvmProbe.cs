// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Instances;

/// <summary>What a processor under KVM turned out to be.</summary>
public enum KvmVerdict
{
    /// <summary>It runs guests at a processor's speed.</summary>
    Usable,

    /// <summary>There is no /dev/kvm, or this user may not open it.</summary>
    Absent,

    /// <summary>It runs guests instruction by instruction: some million a second.</summary>
    Crawls,

    /// <summary>It cannot carry out instructions that every compiler emits.</summary>
    Dies,
}

/// <summary>
/// Finds out whether /dev/kvm is any use, by a virtual machine of 64 KiB: a loop that is timed, then one SSE instruction. A /dev/kvm inside a
/// virtual machine may be there and emulate its guests in software, which only running one tells.
/// </summary>
/// <param name="Verdict">What it turned out to be.</param>
/// <param name="InstructionsPerSecond">Measured speed; 0 where nothing ran.</param>
/// <param name="Detail">The same in words.</param>
public readonly record struct KvmProbe(KvmVerdict Verdict, double InstructionsPerSecond, string Detail)
{
    /// <summary>The least speed of a KVM that is worth having. Hardware does a thousand million, software emulation a few million.</summary>
    public const double LeastInstructionsPerSecond = 20e6;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Probes this machine's /dev/kvm; at most a few seconds.</summary>
    public static KvmProbe Run()
    {
        Fingerprint device = KvmDevice.Fingerprint();
        if (!device.Possible)
            return new KvmProbe(KvmVerdict.Absent, 0, device.Detail);

        // On a thread that can be given up: a kernel that emulates may not come back from the guest.
        var result = new KvmProbe(KvmVerdict.Crawls, 0, $"a loop of {TinyMachine.LoopInstructions} instructions did not end within {Patience.TotalSeconds} s");
        var thread = new Thread(() => result = Measure()) { IsBackground = true, Name = "kvm probe" };
        thread.Start();
        thread.Join(Patience);
        return result;
    }

    /// <summary>What a measured speed and the end of the SSE instruction say together.</summary>
    internal static KvmProbe Judge(double instructionsPerSecond, bool streamingExtensionsRun)
    {
        string speed = $"{instructionsPerSecond / 1e6:0.#} million instructions a second";
        if (!streamingExtensionsRun)
            return new KvmProbe(KvmVerdict.Dies, instructionsPerSecond, $"a guest dies at its first SSE instruction (KVM internal error), after {speed}: this /dev/kvm emulates its guests");
        return instructionsPerSecond < LeastInstructionsPerSecond
            ? new KvmProbe(KvmVerdict.Crawls, instructionsPerSecond, $"a guest crawls at {speed}: this /dev/kvm emulates its guests")
            : new KvmProbe(KvmVerdict.Usable, instructionsPerSecond, $"a guest runs at {speed}");
    }

    private static KvmProbe Measure()
    {
        try
        {
            using var machine = new TinyMachine();
            long start = Stopwatch.GetTimestamp();
            if (!machine.RunTo(TinyMachine.LoopStart))
                return new KvmProbe(KvmVerdict.Dies, 0, "a guest of three instructions does not run to its end");
            double speed = TinyMachine.LoopInstructions / Stopwatch.GetElapsedTime(start).TotalSeconds;
            return Judge(speed, machine.RunTo(TinyMachine.StreamingStart));
        }
        catch (SystemCallException e)
        {
            return new KvmProbe(KvmVerdict.Dies, 0, $"a virtual machine cannot be made: {e.Message}");
        }
    }

    /// <summary>A virtual machine of 64 KiB and one processor in real mode (the kernel's Documentation/virt/kvm/api.rst).</summary>
    private sealed unsafe class TinyMachine : IDisposable
    {
        internal const int LoopInstructions = 2 * Iterations;
        internal const ulong LoopStart = CodeAddress;
        internal const ulong StreamingStart = CodeAddress + 0x100;

        private const int Iterations = 200_000;
        private const int CodeAddress = 0x1000;
        private const int MemorySize = 0x10000;

        private const ulong CreateMachine = 0xae01;
        private const ulong RunStateSize = 0xae04;
        private const ulong CreateProcessor = 0xae41;
        private const ulong SetMemory = 0x4020_ae46;
        private const ulong Run = 0xae80;
        private const ulong SetRegisters = 0x4090_ae82;
        private const ulong GetSpecialRegisters = 0x8138_ae83;
        private const ulong SetSpecialRegisters = 0x4138_ae84;
        private const int ExitReasonOffset = 8;
        private const uint ExitHalt = 5;

        private readonly SafeFileHandle _machine;
        private readonly SafeFileHandle _processor;
        private readonly nint _memory;
        private readonly nint _runState;
        private readonly nint _runStateSize;

        internal TinyMachine()
        {
            using SafeFileHandle kvm = Libc.Open(KvmDevice.Path, Libc.OpenReadWrite | Libc.OpenCloseOnExec, 0);
            _machine = new SafeFileHandle(Check(Libc.DeviceControl(kvm, CreateMachine, (nint)0), "KVM_CREATE_VM"), ownsHandle: true);
            _memory = Libc.Map(0, MemorySize, 3, 0x22, -1, 0);
            WriteCode(new Span<byte>((void*)_memory, MemorySize));
            ulong* region = stackalloc ulong[] { 0, 0, MemorySize, (ulong)_memory };
            Check(Libc.DeviceControl(_machine, SetMemory, region), "KVM_SET_USER_MEMORY_REGION");
            _processor = new SafeFileHandle(Check(Libc.DeviceControl(_machine, CreateProcessor, (nint)0), "KVM_CREATE_VCPU"), ownsHandle: true);
            _runStateSize = Check(Libc.DeviceControl(kvm, RunStateSize, (nint)0), "KVM_GET_VCPU_MMAP_SIZE");
            _runState = Libc.Map(0, _runStateSize, 3, 1, _processor, 0);
            if (_memory == -1 || _runState == -1)
                throw SystemCallException.Last("mmap");
            EnterFlatRealMode();
        }

        /// <summary>Runs from an address on; whether the guest halted, as it should.</summary>
        internal bool RunTo(ulong address)
        {
            ulong* registers = stackalloc ulong[18];
            new Span<ulong>(registers, 18).Clear();
            registers[16] = address;
            registers[17] = 2;
            Check(Libc.DeviceControl(_processor, SetRegisters, registers), "KVM_SET_REGS");
            while (Libc.DeviceControl(_processor, Run, (nint)0) != 0)
            {
                if (Marshal.GetLastPInvokeError() != Errno.Interrupted)
                    return false;
            }
            return *(uint*)(_runState + ExitReasonOffset) == ExitHalt;
        }

        public void Dispose()
        {
            Libc.Unmap(_runState, _runStateSize);
            _processor.Dispose();
            _machine.Dispose();
            Libc.Unmap(_memory, MemorySize);
        }

        private static void WriteCode(Span<byte> memory)
        {
            ReadOnlySpan<byte> loop = [0x66, 0xb9, 0, 0, 0, 0, 0x66, 0x49, 0x75, 0xfc, 0xf4]; // mov ecx, N; again: dec ecx; jnz again; hlt
            ReadOnlySpan<byte> streaming = [0x0f, 0x57, 0xc0, 0xf4]; // xorps xmm0, xmm0; hlt
            loop.CopyTo(memory[(int)LoopStart..]);
            BinaryPrimitives.WriteInt32LittleEndian(memory[((int)LoopStart + 2)..], Iterations);
            streaming.CopyTo(memory[(int)StreamingStart..]);
        }

        private void EnterFlatRealMode()
        {
            const int size = 312;
            const int control4 = 248;
            const ulong streamingExtensions = 0x600;
            byte* registers = stackalloc byte[size];
            Check(Libc.DeviceControl(_processor, GetSpecialRegisters, registers), "KVM_GET_SREGS");
            *(ulong*)registers = 0;
            *(ushort*)(registers + 12) = 0;
            *(ulong*)(registers + control4) |= streamingExtensions;
            Check(Libc.DeviceControl(_processor, SetSpecialRegisters, registers), "KVM_SET_SREGS");
        }

        private static int Check(int result, string call) => result >= 0 ? result : throw SystemCallException.Last(call);
    }
}
