// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging;

/// <summary>The bytes of an encoded picture.</summary>
public abstract class ImageSource
{
    /// <summary>How many there are.</summary>
    public abstract long Length { get; }

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on, which all exist. False where they cannot be had.</summary>
    public abstract bool Read(long offset, Span<byte> destination);
}

/// <summary>Where the bytes of an encoded picture go.</summary>
public abstract class ImageSink
{
    /// <summary>Appends bytes; false where there is no room: the picture is given up.</summary>
    public abstract bool Write(ReadOnlySpan<byte> bytes);
}
