// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Http;
using Uaas.Web;

namespace Uaas.Fuzz.Web;

/// <summary>A pattern, a path and form fields, with line feeds between them. A pattern takes its own text where that is literal.</summary>
internal sealed class RoutesTarget : IFuzzTarget
{
    private readonly TextSlice[] _values = new TextSlice[RoutePattern.MaxParameters];
    private readonly FormFields _fields = new();

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "/items/{id}\n/items/7\na=1&b=%20+&c"u8.ToArray(),
        "/{*rest}\n/a/b/\n&&=&%zz=%4"u8.ToArray(),
        "/a/{b}/c/{d}/{*e}\n/a/1/c/2/3/4\nx=y"u8.ToArray(),
        "/\n/\n"u8.ToArray(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        ReadOnlySpan<byte> pattern = Line(ref input), path = Line(ref input);
        RoutePattern? parsed = RoutePattern.Read(pattern);
        if (parsed is not null) Match(parsed, pattern, path);
        _fields.Clear();
        _fields.Reserve(input.Length);
        _fields.TryFind(input, "a"u8, out ReadOnlySpan<byte> value);
        Holds(value.Length <= input.Length);
    }

    private void Match(RoutePattern parsed, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> path)
    {
        Array.Clear(_values);
        Holds(parsed.CompareTo(parsed) == 0);
        if (pattern.IndexOf((byte)'{') < 0) Holds(parsed.Matches(pattern, _values));
        if (path.IsEmpty || path[0] != '/' || path.Length > ushort.MaxValue || !parsed.Matches(path, _values)) return;
        for (int i = 0; i < _values.Length; i++) Holds(_values[i].Of(path).Length <= path.Length);
        RouteTable table = new();
        Holds(table.TryAdd(new Route(HttpMethod.Get, parsed, static (request, response) => WebTask.Completed, ContentMode.Whole)));
        Holds(table.Find(HttpMethod.Head, path, _values, out _) is not null);
        Holds(table.Find(HttpMethod.Put, path, _values, out uint methods) is null && methods != 0);
    }

    private static ReadOnlySpan<byte> Line(ref ReadOnlySpan<byte> input)
    {
        int end = input.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? input : input[..end];
        input = end < 0 ? default : input[(end + 1)..];
        return line;
    }

    private static void Holds(bool condition)
    {
        if (!condition) throw new InvalidOperationException("a promise of the routes is broken");
    }
}
