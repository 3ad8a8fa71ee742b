// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging.Codecs;

/// <summary>
/// Reads one picture: <see cref="Open"/>, a look at the dimensions, <see cref="Start"/>, then every row once. <see cref="Close"/> at the end or after a failure. One picture is
/// read at a time.
/// </summary>
public abstract class ImageDecoder
{
    /// <summary>Where the work is done; null where nobody else wants a turn.</summary>
    public WorkHost? Host { get; set; }

    /// <summary>Columns that <see cref="ReadRow"/> gives.</summary>
    public int Width { get; protected set; }

    /// <summary>Rows that there are.</summary>
    public int Height { get; protected set; }

    /// <summary>Whether there may be pixels that are not opaque.</summary>
    public bool HasAlpha { get; protected set; }

    /// <summary>How the picture is to be turned before it is shown: 1 to 8 as in EXIF, 1 for not at all.</summary>
    public int Orientation { get; protected set; } = 1;

    /// <summary>Bytes of memory that the library will take to decode it at most, beside what every picture takes; known after <see cref="Open"/>.</summary>
    public long MemoryNeeded { get; protected set; }

    /// <summary>Reads as far as the dimensions. False when this is no picture of the format, or a damaged one.</summary>
    public abstract bool Open(ImageSource source);

    /// <summary>Has the picture decoded at a fraction of its size, if that costs less than all of it: by 1, 2, 4 or 8. Sets <see cref="Width"/> and <see cref="Height"/> anew.</summary>
    public virtual void ShrinkBy(int divisor)
    {
    }

    /// <summary>Begins to decode. False when the picture is damaged, or the memory does not suffice.</summary>
    public abstract bool Start();

    /// <summary>Decodes the next row: <see cref="Width"/> pixels of red, green, blue, alpha. False when the picture is damaged.</summary>
    public abstract bool ReadRow(Span<byte> row);

    /// <summary>Gives back what was taken.</summary>
    public abstract void Close();
}

/// <summary>Writes one picture: <see cref="Start"/>, every row once, <see cref="Finish"/>. <see cref="Close"/> at the end or after a failure.</summary>
public abstract class ImageEncoder
{
    /// <summary>Where the work is done; null where nobody else wants a turn.</summary>
    public WorkHost? Host { get; set; }

    /// <summary>Begins a picture.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="hasAlpha">Whether alpha is to be kept.</param>
    /// <param name="quality">From 1 to 100, where the format loses something.</param>
    /// <param name="sink">Where the bytes go.</param>
    public abstract bool Start(int width, int height, bool hasAlpha, int quality, ImageSink sink);

    /// <summary>Takes the next row: pixels of red, green, blue, alpha.</summary>
    public abstract bool WriteRow(ReadOnlySpan<byte> row);

    /// <summary>Completes the picture.</summary>
    public abstract bool Finish();

    /// <summary>Gives back what was taken.</summary>
    public abstract void Close();
}
