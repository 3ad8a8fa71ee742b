// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Host.Images.Sources;

/// <summary>Some bytes, then a stream from where it stands; so many bytes in all. Only for reading from front to back.</summary>
internal sealed class HeadedStream(byte[] head, Stream rest, long length) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, length - _position)];
        int count;
        if (_position < head.Length)
        {
            ReadOnlySpan<byte> left = head.AsSpan((int)_position);
            count = Math.Min(left.Length, buffer.Length);
            left[..count].CopyTo(buffer);
        }
        else
        {
            count = rest.Read(buffer);
        }

        _position += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rest.Dispose();
        }

        base.Dispose(disposing);
    }
}
