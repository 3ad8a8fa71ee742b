// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>A file as the content of a response: read from the image's cache whenever a segment is to be filled.</summary>
internal sealed class FileBody(FileBodyPool pool) : ResponseBody
{
    private ContentFile _file;

    /// <summary>The next one in the pool.</summary>
    public FileBody? Next { get; set; }

    public override long Length => _file.Length;

    /// <summary>Says which file it is from now on.</summary>
    public void Set(ContentFile file) => _file = file;

    public override int Read(long offset, Span<byte> destination) =>
        _file.Read(offset, destination) == ContentResult.Ok ? destination.Length : -1;

    public override void Release() => pool.Return(this);
}

/// <summary>
/// Bodies that are not in use. More are made when there is none, so there are as many as responses were ever under way at a time, which the server's limits bound.
/// </summary>
internal sealed class FileBodyPool
{
    private FileBody? _first;

    /// <summary>A body for a file.</summary>
    public FileBody Take(ContentFile file)
    {
        FileBody body = _first ?? new FileBody(this);
        _first = body.Next;
        body.Next = null;
        body.Set(file);
        return body;
    }

    /// <summary>Takes a body back.</summary>
    public void Return(FileBody body)
    {
        body.Next = _first;
        _first = body;
    }
}
