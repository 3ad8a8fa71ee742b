// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Uaas.Platform;

/// <summary>Does one forbidden thing, which its command line names, and must not live to tell of it. "idle" waits to be stopped, "args" prints its words.</summary>
internal static unsafe class Program
{
    private static ReadOnlySpan<byte> Constant => "constant"u8;

    internal static void Main()
    {
        ReadOnlySpan<byte> word = Machine.CommandLine;
        if (word.SequenceEqual("execute-data"u8)) ExecuteData();
        else if (word.SequenceEqual("write-constant"u8)) WriteTo(Constant);
        else if (word.SequenceEqual("write-code"u8)) *(byte*)(delegate*<void>)&ExecuteData = 0;
        else if (word.SequenceEqual("null"u8)) Machine.Exit(*(byte*)0x10);
        else if (word.SequenceEqual("stack-overflow"u8)) Machine.Exit(Recurse(1));
        else if (word.SequenceEqual("out-of-memory"u8)) Exhaust();
        else if (word.SequenceEqual("panic"u8)) Machine.Exit(word[word.Length]);
        else if (word.SequenceEqual("wrong-class"u8)) Machine.Exit(((Square)Make(3)).Side);
        else if (word.SequenceEqual("wrong-element"u8)) MakeSquares()[0] = Make(3);
        else if (word.SequenceEqual("wrong-span"u8)) new Span<Shape>(MakeSquares())[0] = Make(3);
        else if (word.SequenceEqual("forged-reference"u8)) Machine.Exit(MemoryMarshal.Read<Holder>(stackalloc byte[8]).Shape!.Sides());
        else if (word.SequenceEqual("idle"u8)) Idle();
        else if (word.StartsWith("exit "u8)) Machine.Exit((word[5] - '0') * 100 + (word[6] - '0') * 10 + word[7] - '0');
        else if (word.StartsWith("args"u8)) Print(word);
        else Machine.Exit(2);
        Machine.Write("survived\n"u8);
        Machine.Exit(3);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Shape Make(int sides) => sides == 4 ? new Square() : new Shape();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Shape[] MakeSquares() => new Square[1];

    private static void ExecuteData()
    {
        byte[] code = new byte[16];
        code[0] = 0xC3; // return
        fixed (byte* first = code) ((delegate*<void>)first)();
    }

    private static void WriteTo(ReadOnlySpan<byte> constant)
    {
        fixed (byte* first = constant) *first = 0;
    }

    private static int Recurse(int depth)
    {
        int* local = stackalloc int[64];
        local[depth & 63] = depth;
        return Recurse(depth + 1) + local[depth & 63];
    }

    private static void Exhaust()
    {
        while (true)
        {
            byte[] block = new byte[1 << 16];
            block[0] = 1;
        }
    }

    private static void Idle()
    {
        Machine.Write("idle\n"u8);
        while (!Machine.StopRequested) Machine.Wait(long.MaxValue);
        Machine.Write("stopped\n"u8);
        Machine.Exit(7);
    }

    private static void Print(ReadOnlySpan<byte> words)
    {
        Machine.Write("["u8);
        Machine.Write(words);
        Machine.Write("]\n"u8);
        Machine.Exit(0);
    }

    private class Shape
    {
        public virtual int Sides() => 3;
    }

    private sealed class Square : Shape
    {
        public int Side { get; } = 1;

        public override int Sides() => 4;
    }

    private struct Holder
    {
#pragma warning disable CS0649 // made from bytes
        internal Shape? Shape;
#pragma warning restore CS0649
    }
}
