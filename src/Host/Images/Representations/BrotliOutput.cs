// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.IO.Compression;
using System.Numerics;

namespace Uaas.Host.Images.Representations;

/// <summary>
/// Compresses with a window no larger than the content needs. <see cref="BrotliStream"/> always takes one of 4 MiB, and the encoder clears tables of that size first:
/// for a small file that is most of the work.
/// </summary>
internal sealed class BrotliOutput : Stream
{
    private const int SmallestWindow = 10;
    private const int LargestWindow = 22;
    private const int ChunkSize = 64 << 10;

    private readonly Stream _output;
    private readonly byte[] _chunk = new byte[ChunkSize];
    private BrotliEncoder _encoder;

    /// <summary>Compresses to <paramref name="output"/> what will be about <paramref name="size"/> bytes.</summary>
    internal BrotliOutput(Stream output, int quality, long size)
    {
        _output = output;
        int bits = 64 - BitOperations.LeadingZeroCount((ulong)size);
        _encoder = new BrotliEncoder(quality, Math.Clamp(bits, SmallestWindow, LargestWindow));
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer) => Compress(buffer, isFinal: false);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Compress([], isFinal: true);
            _encoder.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Compress(ReadOnlySpan<byte> source, bool isFinal)
    {
        OperationStatus status;
        do
        {
            status = _encoder.Compress(source, _chunk, out int consumed, out int written, isFinal);
            _output.Write(_chunk.AsSpan(0, written));
            source = source[consumed..];
        }
        while (status == OperationStatus.DestinationTooSmall || !source.IsEmpty);
    }
}
