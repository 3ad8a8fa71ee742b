// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>One classic BPF instruction, as the kernel takes it (linux/filter.h: sock_filter).</summary>
public readonly struct BpfInstruction(ushort code, byte jumpTrue, byte jumpFalse, uint operand)
{
    /// <summary>Class, mode and operation.</summary>
    public ushort Code { get; } = code;

    /// <summary>Instructions to skip where the condition holds.</summary>
    public byte JumpTrue { get; } = jumpTrue;

    /// <summary>Instructions to skip where it does not.</summary>
    public byte JumpFalse { get; } = jumpFalse;

    /// <summary>The constant k.</summary>
    public uint Operand { get; } = operand;
}

/// <summary>
/// Builds a seccomp filter that kills the process on everything but what was allowed. Per system call: <see cref="Call"/>, then
/// its conditions, then <see cref="EndCall"/>. A filter that outgrows its storage is marked <see cref="Overflowed"/>.
/// </summary>
public ref struct BpfProgram
{
    /// <summary>Load a 32-bit word of seccomp_data into the accumulator.</summary>
    public const ushort LoadWord = 0x20;

    /// <summary>Compare for equality.</summary>
    public const ushort JumpEqual = 0x15;

    /// <summary>Compare unsigned, greater.</summary>
    public const ushort JumpGreater = 0x25;

    /// <summary>Test bits.</summary>
    public const ushort JumpAnyBit = 0x45;

    /// <summary>Jump always; the operand is the distance.</summary>
    public const ushort Jump = 0x05;

    /// <summary>End with the operand as the verdict.</summary>
    public const ushort Return = 0x06;

    /// <summary>The verdict that lets the call through.</summary>
    public const uint Allow = 0x7FFF0000;

    /// <summary>The verdict that kills the process with SIGSYS.</summary>
    public const uint KillProcess = 0x80000000;

    private const uint ArchitectureX64 = 0xC000003E;
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;

    private readonly Span<BpfInstruction> _code;
    private int _callJump;

    /// <summary>Starts a filter in memory that the caller lends.</summary>
    public BpfProgram(Span<BpfInstruction> storage)
    {
        _code = storage;
        Emit(LoadWord, ArchitectureOffset);
        Emit(JumpEqual, ArchitectureX64, 1, 0);
        Emit(Return, KillProcess);
        Emit(LoadWord, NumberOffset);
    }

    /// <summary>Instructions so far.</summary>
    public int Length { get; private set; }

    /// <summary>Whether an instruction did not fit; the filter is then of no use.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Starts the rules of one system call; what none of them allows is killed.</summary>
    public void Call(uint number)
    {
        Emit(JumpEqual, number, 1, 0);
        _callJump = Length;
        Emit(Jump, 0);
    }

    /// <summary>Ends the rules of one system call.</summary>
    public void EndCall()
    {
        Kill();
        if (!Overflowed) _code[_callJump] = new BpfInstruction(Jump, 0, 0, (uint)(Length - _callJump - 1));
    }

    /// <summary>Allows a system call whatever its arguments.</summary>
    public void AllowCall(uint number)
    {
        Emit(JumpEqual, number, 0, 1);
        Emit(Return, Allow);
    }

    /// <summary>Loads the low half of an argument. Linux ignores the high half of descriptors, clocks and codes.</summary>
    public void LoadLow(int argument) => Emit(LoadWord, 16 + 8 * (uint)argument);

    /// <summary>Loads the high half of an argument.</summary>
    public void LoadHigh(int argument) => Emit(LoadWord, 20 + 8 * (uint)argument);

    /// <summary>Goes on by the outcome of comparing the loaded word: skips that many instructions.</summary>
    public void Branch(ushort comparison, uint operand, int skipWhenTrue, int skipWhenFalse) =>
        Emit(comparison, operand, (byte)skipWhenTrue, (byte)skipWhenFalse);

    /// <summary>Allows the call where the loaded word equals <paramref name="value"/>.</summary>
    public void AllowIfEqual(uint value)
    {
        Emit(JumpEqual, value, 0, 1);
        Emit(Return, Allow);
    }

    /// <summary>Allows the call where a 64-bit argument is at most <paramref name="limit"/>, and kills where it is more.</summary>
    public void AllowIfAtMost(int argument, ulong limit)
    {
        LoadHigh(argument);
        Branch(JumpGreater, (uint)(limit >> 32), 4, 0);
        Branch(JumpEqual, (uint)(limit >> 32), 0, 2);
        LoadLow(argument);
        Branch(JumpGreater, (uint)limit, 1, 0);
        Emit(Return, Allow);
        Kill();
    }

    /// <summary>Kills: as the last instruction, every system call that was not named.</summary>
    public void Kill() => Emit(Return, KillProcess);

    private void Emit(ushort code, uint operand, byte jumpTrue = 0, byte jumpFalse = 0)
    {
        if (Length == _code.Length)
        {
            Overflowed = true;
            return;
        }

        _code[Length++] = new BpfInstruction(code, jumpTrue, jumpFalse, operand);
    }
}
