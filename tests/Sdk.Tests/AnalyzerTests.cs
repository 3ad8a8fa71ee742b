// SPDX-License-Identifier: Apache-2.0

using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Uaas.Sdk.Tests;

/// <summary>Each piece of C# that a unikernel cannot have draws exactly its diagnostic, on its line; guest C# draws none.</summary>
public sealed class AnalyzerTests
{
    private const string Usings = "using System; using System.Runtime.CompilerServices; ";

    // Declarations that the snippets share; on one line, so that a snippet's first line is line 2.
    private const string Shared =
        "interface IShape { int Sides(); int Edges { get; } } class Shape : IShape { public int Sides() => 3; public int Edges => 3; public virtual bool IsRound => false; } "
        + "sealed class Circle : Shape { public override bool IsRound => true; } struct Plain { public int X; } enum Colour { Red, Green } delegate int Map(int x); "
        + "static class Helpers { public static void Take(object o) {} public static void Many(params int[] a) {} public static void Spans(params ReadOnlySpan<int> a) {} "
        + "public static int Apply(Map map, int x) => map(x); public static int Sides<T>(T shape) where T : struct, IShape => shape.Sides(); } ";

    [Theory]
    [InlineData("UAAS001", "class C { void M() { throw new Exception(); } }")]
    [InlineData("UAAS001", "class C { int M(int? x) => x ?? throw new Exception(); }")]
    [InlineData("UAAS002", "class C { void M() { try { M(); } catch { } } }")]
    [InlineData("UAAS002", "class C { void M() { try { M(); } catch (Exception e) when (e != null) { } finally { } } }")]
    [InlineData("UAAS003", "class C { IShape M(object o) => (IShape)o; }")]
    [InlineData("UAAS003", "class C { IShape? M(object o) => o as IShape; }")]
    [InlineData("UAAS003", "class C { bool M(object o) => o is IShape; }")]
    [InlineData("UAAS003", "class C { bool M(object o) => o is IShape { Edges: 3 } ? true : false; }", "UAAS004")]
    [InlineData("UAAS003", "class C { bool M(object o) => o switch { int[] => true, _ => false }; }")]
    [InlineData("UAAS003", "class C { int[] M(object o) => (int[])o; }")]
    [InlineData("UAAS003", "class C { Map M(object o) => (Map)o; }")]
    [InlineData("UAAS003", "class C { T M<T>(object o) => (T)o; }")]
    [InlineData("UAAS003", "class C { bool M<T>(object o) => o is T t; }")]
    [InlineData("UAAS004", "class C { int M(IShape s) => s.Sides(); }")]
    [InlineData("UAAS004", "class C { int M(IShape s) => s.Edges; }")]
    [InlineData("UAAS004", "class C { int M<T>(T s) where T : class, IShape => s.Sides(); }")]
    [InlineData("UAAS004", "class C { Func<int> M(IShape s) => s.Sides; }")]
    [InlineData("UAAS004", "class C { void M(IDisposable d) { using (d) { } } }")]
    [InlineData("UAAS004", "class D : IDisposable { public void Dispose() { } } class C { void M() { using D d = new(); } }")]
    [InlineData("UAAS005", "class C { void M(System.Collections.Generic.IEnumerable<int> s) { foreach (int i in s) { } } }")]
    [InlineData("UAAS006", "class C { protected virtual void M<T>() { } }")]
    [InlineData("UAAS006", "abstract class C { public abstract T M<T>(); }")]
    [InlineData("UAAS007", "class C { void M() { lock (this) { } } }")]
    [InlineData("UAAS008", "class C { void M(object o) { dynamic d = o; } }")]
    [InlineData("UAAS008", "class C { object M(dynamic d) => d; }")]
    [InlineData("UAAS009", "class C { Type M() => typeof(int); }")]
    [InlineData("UAAS009", "class C { bool M<T>() => typeof(T) == typeof(int); }", "UAAS009")]
    [InlineData("UAAS010", "class Task { } class C { async Task M() { } }")]
    [InlineData("UAAS010", "class C { void M() { Action a = async () => { }; } }")]
    [InlineData("UAAS011", "class C { System.Collections.Generic.IEnumerable<int> M() { yield return 1; } }")]
    [InlineData("UAAS012", "class C { int[,]? _grid; }")]
    [InlineData("UAAS012", "class C { object M() => new int[2, 2]; }")]
    [InlineData("UAAS012", "class C { object M() => new[,] { { 1 } }; }")]
    [InlineData("UAAS013", "class C { ~C() { } }")]
    [InlineData("UAAS014", "class ThreadStaticAttribute : Attribute { } class C { [ThreadStatic] static int s_x; }")]
    [InlineData("UAAS015", "record R(int X);")]
    [InlineData("UAAS015", "readonly record struct R(int X);")]
    [InlineData("UAAS015", "class C { object M() => new { X = 1 }; }")]
    [InlineData("UAAS016", "class C { string M(string a) => a + \"b\" + a; }")]
    [InlineData("UAAS016", "class C { string M(int a) => $\"{a}\"; }")]
    [InlineData("UAAS016", "class C { void M(string a) { a += a; } }")]
    [InlineData("UAAS017", "class C { int M(Colour c) => c switch { Colour.Red => 1, Colour.Green => 2 }; }")]
    [InlineData("UAAS018", "interface I { int M() => 1; }")]
    [InlineData("UAAS018", "interface I { int P => 1; }")]
    [InlineData("UAAS019", "class C { Action M(Action a) => a + a; }")]
    [InlineData("UAAS019", "class C { void M(Action a) { a += M2; } void M2() { } }")]
    [InlineData("UAAS019", "class C { event Action? E; void M(Action a) { E += a; } }")]
    [InlineData("UAAS020", "class C { List<int>? _x; }")]
    [InlineData("UAAS020", "class C { void M() { Console.WriteLine(1); } }")]
    [InlineData("UAAS020", "class C { async Task M() { } }", "UAAS010")]
    [InlineData("UAAS020", "class C { void M() { DateTime now = DateTime.UtcNow; } }", "UAAS020")]
    [InlineData("UAAS100", "class C { void M() { Helpers.Take(1); } }")]
    [InlineData("UAAS100", "class C { object M<T>(T x) => x; }")]
    [InlineData("UAAS100", "class C { int M(Plain p) => p.GetHashCode(); }")]
    [InlineData("UAAS100", "struct S { public int M() => 1; } class C { Func<int> M(S s) => s.M; }")]
    [InlineData("UAAS101", "class C { int M(int y) => Helpers.Apply(x => x + y, 1); }")]
    [InlineData("UAAS101", "class C { int _y; int M() => Helpers.Apply(x => x + _y, 1); }")]
    [InlineData("UAAS102", "class C { void M() { Helpers.Many(1, 2); } }")]
    [InlineData("UAAS102", "class C { void M() { Helpers.Many(); } }")]
    public void ForbiddenCSharpDrawsExactlyItsDiagnostic(string id, string source, params string[] further)
    {
        string[] expected = [id, .. further];
        (string Id, int Line)[] found = GuestCompilation.Analyze(Usings + Shared + "\n" + source);
        Assert.Equal(expected, found.Select(static f => f.Id));
        Assert.All(found, static f => Assert.Equal(2, f.Line));
    }

    [Theory]
    [InlineData("class C { void M() { try { M(); } finally { M(); } } }")]
    [InlineData("ref struct R { public void Dispose() { } } class C { void M() { using R r = new(); } }")]
    [InlineData("struct R : IDisposable { public void Dispose() { } } class C { void M() { using (new R()) { } } }")]
    [InlineData("class C { bool M(Shape s) => s is Circle c && c.IsRound; Circle M2(Shape s) => (Circle)s; Circle? M3(Shape s) => s as Circle; }")]
    [InlineData("class C { IShape M(Shape s) => s; bool M2(IShape s) => s is null; bool M3(int[]? a) => a is int[] b; }")]
    [InlineData("class C { bool M(int? x) => x is int y && y > 0; bool M2(string s) => s is { Length: > 2 }; }")]
    [InlineData("class C { int M<T>(T s) where T : struct, IShape => s.Sides() + s.Edges; int M2<T>(ref T s) where T : IShape => s.Sides(); }")]
    [InlineData("class C { int M(Shape s) => s.Sides() + s.Edges; }")]
    [InlineData("interface IAnswer { static abstract int Answer(); } class C { int M<T>() where T : IAnswer => T.Answer(); }")]
    [InlineData("interface IVisitor { void Visit<T>(T value); } class C { void M<V>(V v) where V : struct, IVisitor => v.Visit(1); void G<T>(T x) { } }")]
    [InlineData("class C { void M(int[] a, Span<int> s, string t) { foreach (int i in a) { } foreach (ref int i in s) { } foreach (char c in t) { } } }")]
    [InlineData("class C { int M(Colour c) => c switch { Colour.Red => 1, _ => 2 }; int M2(bool b) => b switch { true => 1, false => 2 }; }")]
    [InlineData("class C { const string Name = \"a\" + \"b\"; ReadOnlySpan<byte> M() => \"a\"u8; string M2() => nameof(C); }")]
    [InlineData("class C { int M() => Helpers.Apply(static x => x + 1, 1) + Helpers.Apply(x => x * 2, 1) + Helpers.Apply(Twice, 1); static int Twice(int x) => 2 * x; }")]
    [InlineData("class List { internal int Task; } class C { int M(List list) => list.Task; }")]
    [InlineData("class C { int M(int y) { return Add(1); int Add(int x) => x + y; } }")]
    [InlineData("class C { Map _map; C() { _map = Add; } int Add(int x) => x; }")]
    [InlineData("class C { void M(int[] a) { Helpers.Many(a); Helpers.Spans(1, 2); int[][] jagged = new int[2][]; } }")]
    [InlineData("class C { [AttributeA(typeof(int))] int M() => 1; } class AttributeA(Type type) : Attribute { Type T = type; }")]
    [InlineData("struct S { public override int GetHashCode() => 1; } class C { int M(S s) => s.GetHashCode(); int M2<T>(T a) where T : struct, IEquatable<T> => a.Equals(a) ? 1 : 0; }")]
    [InlineData("class C { unsafe int M() { Span<int> s = stackalloc int[4]; s[0] = checked(s[1] + 1); fixed (int* p = s) return *p; } }")]
    [InlineData("class C { (int, int) M((int A, int B) p) => (p.B, p.A); int? Half(int x) => x % 2 == 0 ? x / 2 : null; }")]
    public void GuestCSharpDrawsNone(string source)
    {
        Assert.Empty(GuestCompilation.CompilerErrors(Usings + Shared + "\n" + source));
        Assert.Empty(GuestCompilation.Analyze(Usings + Shared + "\n" + source));
    }

    [Fact]
    public void WhatCannotBeCompiledCannotBeSuppressed()
    {
        Assert.Equal(["UAAS001"], GuestCompilation.Analyze("#pragma warning disable UAAS001\nclass C { void M() { throw null!; } }").Select(static f => f.Id));
        Assert.Empty(GuestCompilation.Analyze("#pragma warning disable UAAS100\nclass C { object M() => 1; }"));
    }

    [Fact]
    public void EachRuleHasAnIdentifierOfItsOwnAndIsDocumented()
    {
        DiagnosticDescriptor[] rules = [.. GuestCompilation.Analyzers.SelectMany(static analyzer => analyzer.SupportedDiagnostics).Distinct()];
        Assert.Equal(rules.Length, rules.Select(static rule => rule.Id).Distinct().Count());
        string documentation = File.ReadAllText(Path.Combine(GuestCompilation.RepositoryRoot, "docs", "sdk.md"));
        Assert.All(rules, rule => Assert.Contains($"`{rule.Id}`", documentation));
    }
}
