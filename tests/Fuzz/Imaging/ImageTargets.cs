// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;
using Uaas.Imaging;
using Uaas.Imaging.Testing;

namespace Uaas.Fuzz.Imaging;

/// <summary>URLs that ask for pictures: the path, a blank, the query.</summary>
internal sealed class ImageUrlTarget : IFuzzTarget
{
    private readonly SigningKeys _keys = new();
    private readonly byte[] _scratch = new byte[ImageUrl.MaxSource];

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Encoding.ASCII.GetBytes("/unsafe/rs:fill:300:400:1/g:fp:0.5:0.25/q:80/bl:1.5/sh:0.7/bg:255:128:0/plain/local:///a/b%20c.jpg@webp "),
        Encoding.ASCII.GetBytes("/unsafe/c:0.5:200:nowe:10:20/rot:270/fl:1:1/dpr:2/ar:0/cb:x/sm:1/bG9jYWw6Ly8vcGhvdG8uanBn.png "),
        Encoding.ASCII.GetBytes("/unsafe/w:1/plain/http://localhost:9000/a%20b.jpg?x=1@png "),
        Encoding.ASCII.GetBytes("/photo.jpg w=500&h=300&rt=force&el=1&f=jpg&bg=ff8000"),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        int blank = input.IndexOf((byte)' ');
        ReadOnlySpan<byte> path = blank < 0 ? input : input[..blank];
        ReadOnlySpan<byte> query = blank < 0 ? default : input[(blank + 1)..];
        ImageUrl url = ImageUrl.Read(path, query, _keys, _scratch);
        if (url.Result != ImageUrlResult.Ok) return;
        if (url.LinkPort != 0)
        {
            CheckLinked(url.Source);
            return;
        }

        if (url.Source.IsEmpty || url.Source[0] == '/' || url.Source.IndexOf("//"u8) >= 0 || url.Source.IndexOf((byte)0) >= 0) throw new InvalidOperationException("a source that cannot be");
        CheckGeometry(1, 1, url.Options);
        CheckGeometry(4000, 3, url.Options);
        CheckGeometry(65_500, 65_500, url.Options);
    }

    // No byte of it may end the request line that it becomes a part of.
    private static void CheckLinked(ReadOnlySpan<byte> target)
    {
        if (target.IsEmpty || target[0] != '/' || target.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || target.IndexOf((byte)0x7F) >= 0)
            throw new InvalidOperationException("a target that cannot be");
    }

    private static void CheckGeometry(int width, int height, in ImageOptions options)
    {
        for (int orientation = 1; orientation <= 8; orientation++)
        {
            Geometry geometry = Geometry.Plan(width, height, orientation, options);
            const double tolerance = 1e-6;
            bool isInside = geometry.Across.Start >= -tolerance && geometry.Across.Start + geometry.Across.Length <= width * (1 + tolerance)
                && geometry.Down.Start >= -tolerance && geometry.Down.Start + geometry.Down.Length <= height * (1 + tolerance);
            bool hasSize = geometry.Width is >= 1 and <= ImageOptions.MaxSide && geometry.Height is >= 1 and <= ImageOptions.MaxSide;
            if (!isInside || !hasSize) throw new InvalidOperationException($"a geometry that cannot be: {width}x{height}, orientation {orientation}");
        }
    }
}

/// <summary>Files that say they are pictures, through each library to a small result. A crash of a library ends the process that fuzzes, as it would the unikernel.</summary>
internal sealed class ImageFileTarget(ImageFormat format) : IFuzzTarget
{
    private readonly ImageBed _bed = new();
    private long _count;

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. format switch
        {
            ImageFormat.Jpeg => JpegCorpus.Make(),
            ImageFormat.Png => PngCorpus.Make(),
            ImageFormat.WebP => WebPCorpus.Make(),
            _ => GifCorpus.Make(),
        },
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] file = input.ToArray();
        // Of PNG half with check sums that are right, without which the library looks no further.
        if (format == ImageFormat.Png && (_count++ & 1) == 0) PngCorpus.Repair(file);
        _bed.Run(file);
    }
}

/// <summary>PNG files whose check sums are all right, and whose rows are anything.</summary>
internal sealed class PngRowsTarget : IFuzzTarget
{
    private readonly ImageBed _bed = new();

    public IReadOnlyList<byte[]> Seeds { get; } = [.. PngCorpus.MakeRows()];

    public void Run(ReadOnlySpan<byte> input) => _bed.Run(PngCorpus.FromRows(input));
}

/// <summary>Makes small pictures of files, in two sizes: the smaller one has JPEG decoded at an eighth.</summary>
internal sealed class ImageBed
{
    private const int Megabytes = 1 << 20;
    private const int Large = 40;
    private const int Small = 5;

    private readonly ImageWorker _worker = new(new ImageLimits { MaxSourcePixels = 250_000, MaxSourceLength = Megabytes, MaxResultPixels = 250_000 }, 80, 4 * Megabytes, 16 * Megabytes, new IdleHost());

    internal ImageBed() => CodecLibrary.Prepare();

    /// <summary>Makes one of a file.</summary>
    /// <returns>Whether it was a picture.</returns>
    internal bool Run(byte[] file)
    {
        MemorySink sink = new();
        ImageOptions options = ImageOptions.None;
        options.Width = file.Length % 2 == 0 ? Large : Small;
        ImageOutcome outcome = _worker.Make(new MemorySource(file), options, ImageFormat.Jpeg, sink);
        if (outcome != ImageOutcome.Done) return false;
        Picture result = Picture.Decode(sink.ToArray());
        if (result.Width > Large) throw new InvalidOperationException("a result of another size");
        return true;
    }
}
