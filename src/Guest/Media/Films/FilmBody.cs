// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;
using Uaas.Http;

namespace Uaas.Media.Films;

/// <summary>A film from a key frame on, behind what a player needs before it: two stretches of one file.</summary>
internal sealed class FilmBody(FilmBodyPool pool) : ResponseBody
{
    private ContentFile _film;
    private long _head;
    private long _start;

    /// <summary>The next one in the pool.</summary>
    public FilmBody? Next { get; set; }

    public override long Length => _head + _film.Length - _start;

    /// <summary>Says which film it is from now on.</summary>
    public void Set(ContentFile film, long head, long start)
    {
        _film = film;
        _head = head;
        _start = start;
    }

    public override int Read(long offset, Span<byte> destination)
    {
        int fromHead = (int)Math.Min(Math.Max(_head - offset, 0), destination.Length);
        if (fromHead > 0 && _film.Read(offset, destination[..fromHead]) != ContentResult.Ok) return -1;
        Span<byte> rest = destination[fromHead..];
        if (!rest.IsEmpty && _film.Read(_start + offset + fromHead - _head, rest) != ContentResult.Ok) return -1;
        return destination.Length;
    }

    public override void Release() => pool.Return(this);
}

/// <summary>Bodies that are not in use. There are as many as responses were ever under way at a time.</summary>
internal sealed class FilmBodyPool
{
    private FilmBody? _first;

    /// <summary>A body for a film.</summary>
    public FilmBody Take(ContentFile film, long head, long start)
    {
        FilmBody body = _first ?? new FilmBody(this);
        _first = body.Next;
        body.Next = null;
        body.Set(film, head, start);
        return body;
    }

    /// <summary>Takes a body back.</summary>
    public void Return(FilmBody body)
    {
        body.Next = _first;
        _first = body;
    }
}
