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
        Encoding.ASCII.GetBytes("/photo.jpg w=500&h=300&rt=force&el=1&f=jpg&bg=ff8000"),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        int blank = input.IndexOf((byte)' ');
        ReadOnlySpan<byte> path = blank < 0 ? input : input[..blank];
        ReadOnlySpan<byte> query = blank < 0 ? default : input[(blank + 1)..];
        ImageUrl url = ImageUrl.Read(path, query, _keys, _scratch);
        if (url.Result != ImageUrlResult.Ok) return;
        if (url.Source.IsEmpty || url.Source[0] == '/' || url.Source.IndexOf("//"u8) >= 0 || url.Source.IndexOf((byte)0) >= 0) throw new InvalidOperationException("a source that cannot be");
        CheckGeometry(1, 1, url.Options);
        CheckGeometry(4000, 3, url.Options);
        CheckGeometry(65_500, 65_500, url.Options);
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
    private const int Megabytes = 1 << 20;

    private readonly ImageWorker _worker = new(new ImageLimits { MaxSourcePixels = 250_000, MaxSourceLength = Megabytes, MaxResultPixels = 250_000 }, 80, 4 * Megabytes, 16 * Megabytes, new IdleHost());

    public IReadOnlyList<byte[]> Seeds { get; } = MakeSeeds(format);

    public void Run(ReadOnlySpan<byte> input)
    {
        CodecLibrary.Prepare();
        MemorySink sink = new();
        ImageOptions options = ImageOptions.None;
        options.Width = 40;
        ImageOutcome outcome = _worker.Make(new MemorySource(input.ToArray()), options, ImageFormat.Jpeg, sink);
        if (outcome != ImageOutcome.Done) return;
        Picture result = Picture.Decode(sink.ToArray());
        if (result.Width > 40) throw new InvalidOperationException("a result of another size");
    }

    private static byte[][] MakeSeeds(ImageFormat format)
    {
        if (format == ImageFormat.Gif) return [Convert.FromBase64String("R0lGODlhCgAKAJEAAAAAAP8AAAD/AAAA/yH5BAEAAAAALAAAAAAKAAoAAAIWjC2Zhyoc3DOgAnXslfqo3mCMBJFMAQA7"), .. Tiny];
        Picture small = Picture.Photograph(48, 32, hasAlpha: format != ImageFormat.Jpeg);
        return [small.Encode(format, 60, hasAlpha: format != ImageFormat.Jpeg), small.Encode(format, 95)];
    }

    // One pixel, with a transparent colour.
    private static byte[][] Tiny => [Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")];
}
