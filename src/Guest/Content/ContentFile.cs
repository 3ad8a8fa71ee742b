// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Content;

/// <summary>The bytes of one representation of a file. May be kept and read again at any time.</summary>
public readonly struct ContentFile
{
    private readonly ContentImage? _image;
    private readonly long _start;

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    internal ContentFile(ContentImage image, long start, long length)
    {
        _image = image;
        _start = start;
        Length = length;
    }

    /// <summary>
    /// Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on. Where that is part of an outgoing frame (what a response's body is asked to fill), they may be lent to the
    /// frame instead: whoever means to look at them there, or to change them, reads them elsewhere first.
    /// </summary>
    /// <returns>
    /// Ok; <see cref="ContentResult.OutOfRange"/> when that goes beyond the end (nothing is read then); <see cref="ContentResult.DeviceError"/>.
    /// </returns>
    public ContentResult Read(long offset, Span<byte> destination)
    {
        if (_image == null || offset < 0 || offset > Length || destination.Length > Length - offset)
        {
            return ContentResult.OutOfRange;
        }

        return _image.ReadData(_start + offset, destination, Length);
    }
}
