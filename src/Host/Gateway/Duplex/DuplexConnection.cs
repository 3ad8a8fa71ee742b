// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Gateway.Duplex;

/// <summary>
/// A connection for one request and its answer. As a stream it is the side of who reads the answer: what is written there is dropped, for the request is sent here. When the answer has come
/// to its end, so has the request, as far as it has got: nobody reads the rest.
/// </summary>
/// <param name="connection">What leads to who answers.</param>
internal sealed class DuplexConnection(Stream connection) : Stream
{
    private readonly CancellationTokenSource _over = new();
    private bool _isAnswered;
    private bool _isBroken;
    private bool _isClosed;

    /// <summary>The answer has begun, and may be at its end: it is for whoever asked to say so, as the reader closes the connection also where there is none.</summary>
    internal void NoteAnswer()
    {
        _isAnswered = true;
        if (_isClosed)
            EndContent();
    }

    /// <summary>Sends the head of the request.</summary>
    internal ValueTask SendHeadAsync(byte[] head, CancellationToken cancellation) => connection.WriteAsync(head, cancellation);

    /// <summary>
    /// Sends the content. Where that fails because the connection was broken off, an answer may have come before: it is for the reader to find out. Where the content itself comes to no
    /// good end, the connection is closed, so that nobody takes it for whole.
    /// </summary>
    internal async Task SendContentAsync(HttpContent content)
    {
        var body = new RequestBodyStream(connection, content.Headers.ContentLength);
        try
        {
            await content.CopyToAsync(body, _over.Token).ConfigureAwait(false);
            await body.FinishAsync(_over.Token).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            if (!body.IsBroken)
                Dispose();
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _isBroken = true;
        int count = await connection.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _isBroken = count == 0 && buffer.Length > 0;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Write(byte[] buffer, int offset, int count)
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isClosed = true;
            connection.Dispose();
            if (_isAnswered)
                EndContent();
        }
        base.Dispose(disposing);
    }

    /// <summary>Where an answer breaks off, who gave the content ends it; they would take this for the client's doing.</summary>
    private void EndContent()
    {
        if (!_isBroken)
            _over.Cancel();
    }
}
