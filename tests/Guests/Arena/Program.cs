// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;
using Uaas.Platform;

/// <summary>Keeps objects of an arena where they may be kept, or, as its command line says, in one place where they may not, and must not live to tell.</summary>
internal static class Program
{
    private static readonly Node s_kept = new();
    private static readonly Node?[] s_keptArray = new Node?[4];
    private static readonly Pair[] s_keptPairs = new Pair[4];
    private static readonly Wide[] s_keptWide = new Wide[2];
    private static Node? s_static;
    private static Func<int>? s_function;

    internal static void Main()
    {
        Arena connection = new(20_000);
        Arena request = new(9_000, connection);
        Arena other = new(5_000);
        ReadOnlySpan<byte> word = Machine.CommandLine;
        if (word.Length == 0) Allowed(connection, request, other);
        else Forbidden(word, connection, request, other);
    }

    private static void Allowed(Arena connection, Arena request, Arena other)
    {
        long free = request.Available;
        for (int round = 0; round < 10_000; round++)
        {
            using (connection.Enter())
            {
                Node head = Make(s_kept);
                using (request.Enter())
                {
                    Node[] nodes = new Node[20];
                    for (int i = 0; i < nodes.Length; i++) nodes[i] = Make(i % 2 == 0 ? head : s_kept);
                    nodes.AsSpan(0, 10).CopyTo(nodes.AsSpan(5));
                    Pair[] pairs = new Pair[3];
                    pairs[0] = new Pair { First = nodes[3], Second = head, Number = round };
                    pairs[1] = pairs[0];
                    Wide[] wide = new Wide[2];
                    wide[0] = new Wide { A = head, B = head, C = nodes[1], D = head, E = head, F = nodes[2], G = head, H = head, I = nodes[3], J = head, Number = 1 };
                    wide[1] = wide[0];
                    if (pairs[1].First != nodes[3] || wide[1].I!.Next != wide[0].I!.Next || request.Available >= free) Fail();
                }

                if (head.Next != s_kept) Fail();
            }

            request.Reset();
            connection.Reset();
            if (request.Available != free) Fail();
            using (other.Enter())
            {
                byte[] bytes = new byte[4_000];
                if (bytes[0] != 0 || bytes[^1] != 0) Fail(); // emptied memory is clear
                bytes.AsSpan().Fill(0xFF);
                if (Late.Value == 0) Fail();
            }

            other.Reset();
        }

        if (Late.Kept.Next != s_kept) Fail(); // made by a static constructor within an arena: kept for ever
        Machine.Write("SUCCESS\n"u8);
    }

    private static void Forbidden(ReadOnlySpan<byte> word, Arena connection, Arena request, Arena other)
    {
        Node ofRequest, ofConnection;
        using (request.Enter()) ofRequest = Make(null);
        using (connection.Enter()) ofConnection = Make(null);
        if (word.SequenceEqual("field"u8)) s_kept.Next = ofRequest;
        else if (word.SequenceEqual("static"u8)) s_static = ofRequest;
        else if (word.SequenceEqual("element"u8)) s_keptArray[1] = ofRequest;
        else if (word.SequenceEqual("struct"u8)) s_keptPairs[1] = new Pair { First = s_kept, Second = ofRequest };
        else if (word.SequenceEqual("wide-struct"u8)) KeepWide(new Wide { J = ofRequest });
        else if (word.SequenceEqual("span"u8)) CopyToKept(request);
        else if (word.SequenceEqual("reference"u8)) Assign(ref s_kept.Next, ofRequest);
        else if (word.SequenceEqual("parent"u8)) ofConnection.Next = ofRequest;
        else if (word.SequenceEqual("stranger"u8)) KeepIn(other, ofConnection);
        else if (word.SequenceEqual("box"u8)) Box(connection, new Pair { First = ofConnection, Second = ofRequest });
        else if (word.SequenceEqual("box-helper"u8)) BoxByHelper(connection, new Pair { First = ofConnection, Second = ofRequest });
        else if (word.SequenceEqual("delegate"u8)) s_function = ofRequest.Count;
        else if (word.SequenceEqual("full"u8)) Fill(request);
        else if (word.SequenceEqual("reset-entered"u8)) ResetEntered(request);
        else if (word.SequenceEqual("reset-parent"u8)) connection.Reset();
        else Machine.Exit(2);
        Machine.Write("survived\n"u8);
        Machine.Exit(3);
    }

    private static void CopyToKept(Arena request)
    {
        using Arena.Scope scope = request.Enter();
        Node[] nodes = [Make(null), Make(null)];
        nodes.AsSpan().CopyTo(s_keptArray.AsSpan(1)!);
    }

    private static void KeepIn(Arena other, Node node)
    {
        using Arena.Scope scope = other.Enter();
        Make(node);
    }

    private static void Box(Arena connection, Pair pair)
    {
        using Arena.Scope scope = connection.Enter();
#pragma warning disable UAAS100 // what is tested
        Use(pair);
#pragma warning restore UAAS100
    }

    // Unoptimised code boxes by a call to the core library.
    [MethodImpl(MethodImplOptions.NoOptimization)]
    private static void BoxByHelper(Arena connection, Pair pair)
    {
        using Arena.Scope scope = connection.Enter();
#pragma warning disable UAAS100 // what is tested
        Use(pair);
#pragma warning restore UAAS100
    }

    private static void Fill(Arena request)
    {
        using Arena.Scope scope = request.Enter();
        while (true) Make(null);
    }

    private static void ResetEntered(Arena request)
    {
        using Arena.Scope scope = request.Enter();
        request.Reset();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void KeepWide(Wide wide) => s_keptWide[1] = wide;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Assign(ref Node? place, Node node) => place = node;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Use(object value) => value.Equals(null);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Node Make(Node? next) => new() { Next = next };

    private static void Fail()
    {
        Machine.Write("WRONG\n"u8);
        Machine.Exit(1);
    }

    private sealed class Node
    {
        internal Node? Next;

        internal int Count() => Next == null ? 0 : 1;
    }

    private struct Pair
    {
        internal Node? First;
        internal Node? Second;
        internal int Number;
    }

    // Large enough that the compiler moves it as a block.
    private struct Wide
    {
        internal Node? A, B, C, D, E, F, G, H, I, J;
        internal long Number;
    }

    private static class Late
    {
        // Not constants for the compiler: made when first used, within an arena.
        internal static readonly Node Kept = Make(s_kept);
        internal static readonly long Value = Machine.Now;
    }
}
