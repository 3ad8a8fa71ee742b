// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Uaas.Platform;

/// <summary>What guest C# is promised, run inside: prints one line a feature, and SUCCESS when all hold.</summary>
internal static class Program
{
    private static readonly int[] s_table = [3, 1, 4, 1, 5];
    private static Shape? s_shape;
    private static int s_failures;

    internal static void Main()
    {
        Check("static table"u8, s_table.Length == 5 && s_table[4] == 5);
        s_shape = Make(4);
        Check("virtual call"u8, s_shape.Sides() == 4 && Make(3).Sides() == 3);
        Check("class cast"u8, s_shape is Square && Make(3) is not Square);
        Check("array of references"u8, ArrayOfReferences());
        Check("struct with references"u8, StructWithReferences());
        Check("static abstract"u8, Answer<FortyTwo>() == 42);
        Check("generic class"u8, new Box<long>(7).Value == 7 && new Box<Shape>(s_shape).Value.Sides() == 4);
        Check("span"u8, Spans());
        Check("span over other elements"u8, SpanOverOtherElements());
        Check("copy and fill"u8, CopyAndFill());
        Check("big endian"u8, BinaryPrimitives.ReadUInt32BigEndian([1, 2, 3, 4]) == 0x01020304);
        Check("bit operations"u8, BitOperations.TrailingZeroCount(8u) == 3 && BitOperations.LeadingZeroCount(1ul) == 63 && BitOperations.PopCount(255u) == 8);
        Check("static lambda"u8, Apply(static x => x * 2, 21) == 42);
        Check("delegate to a static method"u8, Apply(Twice, 21) == 42);
        Check("delegate to an instance"u8, Apply(new Adder(40).Add, 2) == 42);
        Check("nullable"u8, Half(3) is null && Half(4) is 2);
        Check("tuple"u8, Swap((1, 2)) == (2, 1));
        Check("floating point"u8, (int)(Scale(1.5) * 2) == 6);
#pragma warning disable UAAS100 // what is tested
        Check("boxing"u8, ((object)new Box3(5)).Equals(new Box3(5)));
#pragma warning restore UAAS100
        Check("late static constructor"u8, Late.Value == 11);
        Check("pattern on bytes"u8, Method("GET"u8) == 1 && Method("PUT"u8) == 0);
        Machine.Write(s_failures == 0 ? "SUCCESS\n"u8 : "FAILURE\n"u8);
        if (s_failures != 0) Machine.Exit(1);
    }

    private static void Check(ReadOnlySpan<byte> name, bool holds)
    {
        Machine.Write(name);
        Machine.Write(holds ? ": ok\n"u8 : ": WRONG\n"u8);
        if (!holds) s_failures++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Shape Make(int sides) => sides == 4 ? new Square() : new Shape();

    private static bool ArrayOfReferences()
    {
        Shape[] shapes = new Shape[3];
        for (int i = 0; i < shapes.Length; i++) shapes[i] = Make(i == 1 ? 4 : 3);
        int sides = 0;
        foreach (Shape shape in shapes) sides += shape.Sides();
        return sides == 10;
    }

    private static bool StructWithReferences()
    {
        Pair[] pairs = new Pair[2];
        pairs[0] = new Pair { First = Make(3), Second = Make(4), Number = 5 };
        pairs[1] = pairs[0];
        return pairs[1].Second!.Sides() == 4 && pairs[1].Number == 5;
    }

    private static bool Spans()
    {
        Span<byte> bytes = stackalloc byte[32];
        "hello, world"u8.CopyTo(bytes);
        ReadOnlySpan<byte> text = bytes[..12];
        return text.IndexOf((byte)',') == 5 && text.IndexOf("world"u8) == 7 && text[7..].SequenceEqual("world"u8) && !text.StartsWith("world"u8)
            && MemoryMarshal.Read<ushort>("ab"u8) == 0x6261;
    }

    private static bool SpanOverOtherElements()
    {
        Span<Shape> shapes = new Shape[2];
        shapes[1] = Make(4);
        ReadOnlySpan<Shape> squares = new Square[] { new() };
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(stackalloc byte[] { 1, 0, 0, 0, 2, 0, 0, 0, 9 });
        return shapes[1].Sides() == 4 && squares[0].Sides() == 4 && words.Length == 2 && words[1] == 2 && MemoryMarshal.AsBytes(words)[4] == 2 && new Span<Shape>(new Shape[0]).IsEmpty;
    }

    private static bool CopyAndFill()
    {
        byte[] buffer = new byte[300];
        for (int size = 0; size <= 130; size++)
        {
            for (int shift = -40; shift <= 40; shift += 5)
            {
                for (int i = 0; i < buffer.Length; i++) buffer[i] = (byte)i;
                buffer.AsSpan(60, size).CopyTo(buffer.AsSpan(60 + shift));
                for (int i = 0; i < buffer.Length; i++)
                {
                    bool moved = i >= 60 + shift && i < 60 + shift + size;
                    if (buffer[i] != (byte)(moved ? i - shift : i)) return false;
                }
            }

            buffer.AsSpan().Fill(7);
            buffer.AsSpan(50, size).Clear();
            for (int i = 0; i < buffer.Length; i++)
            {
                if (buffer[i] != (i >= 50 && i < 50 + size ? 0 : 7)) return false;
            }
        }

        return true;
    }

    private static int Answer<T>()
        where T : struct, IAnswer<T> => T.Answer();

    private static int Apply(Func<int, int> function, int value) => function(value);

    private static int Twice(int value) => value * 2;

    private static int? Half(int value) => value % 2 == 0 ? value / 2 : null;

    private static (int A, int B) Swap((int A, int B) pair) => (pair.B, pair.A);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Scale(double value) => value * 2;

    private static int Method(ReadOnlySpan<byte> name) => name switch
    {
        [(byte)'G', (byte)'E', (byte)'T'] => 1,
        _ => 0,
    };

    private interface IAnswer<TSelf>
    {
        static abstract int Answer();
    }

    private struct FortyTwo : IAnswer<FortyTwo>
    {
        public static int Answer() => 42;
    }

    private class Shape
    {
        public virtual int Sides() => 3;
    }

    private sealed class Square : Shape
    {
        public override int Sides() => 4;
    }

    private sealed class Box<T>(T value)
    {
        public T Value { get; } = value;
    }

    private sealed class Adder(int amount)
    {
        public int Add(int value) => value + amount;
    }

    private struct Pair
    {
        public Shape? First;
        public Shape? Second;
        public int Number;
    }

    private readonly struct Box3(int value)
    {
        private readonly int _value = value;

        public override bool Equals(object? obj) => obj is Box3 other && other._value == _value;

        public override int GetHashCode() => _value;
    }

    private static class Late
    {
        // Not a constant for the compiler: the static constructor runs when first used.
        internal static readonly long Value = Machine.Now >= 0 ? 11 : 12;
    }
}
