// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>How the content of requests to a route reaches its handler.</summary>
internal enum ContentMode : byte
{
    /// <summary>All of it, before the handler runs.</summary>
    Whole,

    /// <summary>As it arrives.</summary>
    Streamed,
}

/// <summary>A method and a pattern, and who answers.</summary>
internal sealed class Route(HttpMethod method, RoutePattern pattern, WebHandler handler, ContentMode content)
{
    internal HttpMethod Method => method;

    internal RoutePattern Pattern => pattern;

    internal WebHandler Handler => handler;

    internal ContentMode Content => content;
}

/// <summary>
/// The routes of a service, the most particular first: literal segments before parameters before the rest of a path, from left to right. So their order does not
/// hang on that in which they were added.
/// </summary>
internal sealed class RouteTable
{
    /// <summary>Routes at most.</summary>
    internal const int Capacity = 256;

    /// <summary>Bytes that <see cref="WriteMethods"/> writes at most.</summary>
    internal const int MaxMethodsText = 64;

    private readonly Route?[] _routes = new Route?[Capacity];

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    /// <summary>Adds a route. False when it is a second one for the same method and paths, or there are too many.</summary>
    internal bool TryAdd(Route route)
    {
        if (Count == Capacity) return false;
        int place = Count;
        for (int i = Count - 1; i >= 0; i--)
        {
            int order = route.Pattern.CompareTo(_routes[i]!.Pattern);
            if (order == 0 && route.Method == _routes[i]!.Method) return false;
            if (order < 0) place = i;
        }

        for (int i = Count; i > place; i--) _routes[i] = _routes[i - 1];
        _routes[place] = route;
        Count++;
        return true;
    }

    /// <summary>
    /// The route for a request, with what its parameters stand for. Null where there is none: then <paramref name="methods"/> has a bit, of the method's number,
    /// for each method that the path does have; 0 for an unknown path. A route for GET answers HEAD too.
    /// </summary>
    internal Route? Find(HttpMethod method, ReadOnlySpan<byte> path, Span<TextSlice> values, out uint methods)
    {
        methods = 0;
        for (int i = 0; i < Count; i++)
        {
            Route route = _routes[i]!;
            if (!route.Pattern.Matches(path, values)) continue;
            if (route.Method == method || (method == HttpMethod.Head && route.Method == HttpMethod.Get)) return route;
            methods |= 1u << (int)route.Method;
        }

        return null;
    }

    /// <summary>Writes methods as Allow has them: "GET, HEAD, POST, OPTIONS".</summary>
    internal static ReadOnlySpan<byte> WriteMethods(uint methods, Span<byte> room)
    {
        if ((methods & (1u << (int)HttpMethod.Get)) != 0) methods |= 1u << (int)HttpMethod.Head;
        methods |= 1u << (int)HttpMethod.Options;
        int length = 0;
        for (int i = 0; i <= (int)HttpMethod.Patch; i++)
        {
            if ((methods >> i & 1) == 0) continue;
            ReadOnlySpan<byte> name = HttpMethods.NameOf((HttpMethod)i);
            if (length > 0) ", "u8.CopyTo(room[length..]);
            if (length > 0) length += 2;
            name.CopyTo(room[length..]);
            length += name.Length;
        }

        return room[..length];
    }
}
