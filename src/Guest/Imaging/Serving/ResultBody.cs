// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Imaging.Serving;

/// <summary>A result as the content of a response.</summary>
internal sealed class ResultBody(ResultBodyPool pool, ResultStore store) : ResponseBody
{
    private int _index;
    private int _block;
    private long _blockOffset;

    /// <summary>The next one in the pool.</summary>
    internal ResultBody? Next { get; set; }

    public override long Length => store[_index].Length;

    /// <summary>Says which result it is from now on, which stays as long.</summary>
    internal void Set(int index)
    {
        _index = index;
        _block = BlockPool.None;
        store[index].Readers++;
    }

    public override int Read(long offset, Span<byte> destination)
    {
        int written = 0;
        while (written < destination.Length)
        {
            ReadOnlySpan<byte> bytes = store.BytesAt(_index, offset + written, ref _block, ref _blockOffset);
            int count = Math.Min(bytes.Length, destination.Length - written);
            bytes[..count].CopyTo(destination[written..]);
            written += count;
        }

        return written;
    }

    public override void Release()
    {
        store[_index].Readers--;
        pool.Return(this);
    }
}

/// <summary>Bodies that are not in use. There are as many as responses were ever under way at a time, which the server's limits bound.</summary>
internal sealed class ResultBodyPool(ResultStore store)
{
    private ResultBody? _first;

    internal ResultBody Take(int index)
    {
        ResultBody body = _first ?? new ResultBody(this, store);
        _first = body.Next;
        body.Next = null;
        body.Set(index);
        return body;
    }

    internal void Return(ResultBody body)
    {
        body.Next = _first;
        _first = body;
    }
}
