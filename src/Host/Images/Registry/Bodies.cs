// SPDX-License-Identifier: Apache-2.0

using System.Net;
using Uaas.Host.Images.Store;
using Uaas.Linux;

namespace Uaas.Host.Images.Registry;

/// <summary>Some bytes of a file as the body of a request.</summary>
internal sealed class FileContent(string path, long from, long count, Transfer transfer) : HttpContent
{
    private const int BufferSize = 256 * 1024;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        transfer.Set(from);
        FileStream file = File.OpenRead(path);
        await using (file.ConfigureAwait(false))
        {
            file.Position = from;
            byte[] buffer = new byte[BufferSize];
            for (long left = count; left > 0;)
            {
                int length = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left))).ConfigureAwait(false);
                if (length == 0)
                    throw new EndOfStreamException($"{path} has become shorter");
                await stream.WriteAsync(buffer.AsMemory(0, length)).ConfigureAwait(false);
                transfer.Advance(length);
                left -= length;
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = count;
        return true;
    }
}

/// <summary>The body of an answer, which fails in words a person understands, and does not wait for ever for a registry that stops sending.</summary>
internal sealed class GuardedBody(HttpResponseMessage response, Stream body, string title) : Stream
{
    private const int SkipBufferSize = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(Patience);
        try
        {
            return await body.ReadAsync(buffer, late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException or IOException)
        {
            throw new UaasException(Failure.Registry, $"the connection broke while the {title} came: {e.Message}", "try again: it goes on from there", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UaasException(Failure.Registry, $"the {title} stopped coming for {Patience.TotalSeconds:0} s", "try again: it goes on from there", e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Passes over the beginning, where a registry knows no ranges.</summary>
    internal async Task SkipAsync(long count, CancellationToken cancellation)
    {
        byte[] buffer = new byte[SkipBufferSize];
        while (count > 0)
        {
            int length = await ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count)), cancellation).ConfigureAwait(false);
            if (length == 0)
                return;
            count -= length;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body.Dispose();
            response.Dispose();
        }
        base.Dispose(disposing);
    }
}
