// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Gateway.Duplex;

/// <summary>Frames the content of a request (RFC 9112, section 6): by its length where that is known, otherwise in chunks.</summary>
/// <param name="connection">Where it goes.</param>
/// <param name="length">Bytes of content; null: unknown.</param>
internal sealed class RequestBodyStream(Stream connection, long? length) : WriteOnlyStream
{
    private const int ChunkFraming = 8 + 2 + 2;

    private long _left = length ?? long.MaxValue;

    /// <summary>Whether the connection does not take any more.</summary>
    internal bool IsBroken { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="IOException">It is more than the length says, or the connection is broken off.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > _left)
            throw new IOException("the content is longer than was said");
        _left -= buffer.Length;
        if (length is not null)
            await SendAsync(buffer, cancellationToken).ConfigureAwait(false);
        else if (!buffer.IsEmpty)
            await WriteChunkAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    /// <summary>All is written.</summary>
    /// <exception cref="IOException">It was less than the length says, or the connection is broken off.</exception>
    internal async ValueTask FinishAsync(CancellationToken cancellation)
    {
        if (length is null)
            await SendAsync("0\r\n\r\n"u8.ToArray(), cancellation).ConfigureAwait(false);
        else if (_left > 0)
            throw new IOException("the content is shorter than was said");
    }

    private async ValueTask WriteChunkAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(content.Length + ChunkFraming);
        try
        {
            content.Length.TryFormat(chunk, out int end, "x", CultureInfo.InvariantCulture);
            end += Encoding.ASCII.GetBytes("\r\n", chunk.AsSpan(end));
            content.CopyTo(chunk.AsMemory(end));
            end += content.Length;
            end += Encoding.ASCII.GetBytes("\r\n", chunk.AsSpan(end));
            await SendAsync(chunk.AsMemory(0, end), cancellation).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await connection.WriteAsync(bytes, cancellation).ConfigureAwait(false);
        }
        catch
        {
            IsBroken = true;
            throw;
        }
    }
}
