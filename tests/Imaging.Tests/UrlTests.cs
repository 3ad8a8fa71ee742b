// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Uaas.Imaging.Tests;

public sealed class UrlTests
{
    private readonly byte[] _scratch = new byte[ImageUrl.MaxSource];

    [Theory]
    [InlineData("/unsafe/rs:fill:300:400:1/plain/a/b.jpg@webp", "", "a/b.jpg", ImageFormat.WebP)]
    [InlineData("/unsafe/plain/local:///a%20b.jpg", "", "a b.jpg", ImageFormat.Unknown)]
    [InlineData("/_/w:3/plain/local%3A%2F%2F%2Fa%2Fb.png", "", "a/b.png", ImageFormat.Unknown)]
    [InlineData("/insecure/w:3/bG9jYWw6Ly8vcGhvdG8uanBn.png", "", "photo.jpg", ImageFormat.Png)]
    [InlineData("/insecure/w:3/bG9jYWw6/Ly8vcGhvdG8uanBn", "", "photo.jpg", ImageFormat.Unknown)]
    [InlineData("/a/photo%40.jpg", "w=500&f=jpg", "a/photo@.jpg", ImageFormat.Jpeg)]
    public void Good_urls_name_a_source_and_a_format(string path, string query, string source, ImageFormat format)
    {
        ImageUrl url = Read(path, query);
        Assert.Equal(ImageUrlResult.Ok, url.Result);
        Assert.Equal(source, Encoding.UTF8.GetString(url.Source));
        Assert.Equal(format, url.Options.Format);
    }

    [Theory]
    [InlineData("/unsafe/foo:1/plain/a.jpg", "", ImageUrlResult.UnknownOption, "foo:1")]
    [InlineData("/unsafe/w:-1/plain/a.jpg", "", ImageUrlResult.BadOption, "w:-1")]
    [InlineData("/unsafe/w:99999/plain/a.jpg", "", ImageUrlResult.BadOption, "w:99999")]
    [InlineData("/unsafe/rs:stretch:1:1/plain/a.jpg", "", ImageUrlResult.BadOption, "rs:stretch:1:1")]
    [InlineData("/unsafe/g:up/plain/a.jpg", "", ImageUrlResult.BadOption, "g:up")]
    [InlineData("/unsafe/rot:45/plain/a.jpg", "", ImageUrlResult.BadOption, "rot:45")]
    [InlineData("/unsafe/sm:0/plain/a.jpg", "", ImageUrlResult.BadOption, "sm:0")]
    [InlineData("/unsafe/w:1:2/plain/a.jpg", "", ImageUrlResult.BadOption, "w:1:2")]
    [InlineData("/unsafe/plain/a.jpg@avif", "", ImageUrlResult.BadFormat, "avif")]
    [InlineData("/unsafe/plain/../a.jpg", "", ImageUrlResult.BadSource, "")]
    [InlineData("/unsafe/plain/a%00b.jpg", "", ImageUrlResult.BadSource, "")]
    [InlineData("/unsafe/plain/a%2", "", ImageUrlResult.BadSource, "a%2")]
    [InlineData("/unsafe/plain/http://10.0.0.1/a.jpg", "", ImageUrlResult.ForeignSource, "")]
    [InlineData("/unsafe/plain/file:///etc/passwd", "", ImageUrlResult.ForeignSource, "")]
    [InlineData("/a.jpg", "w=x", ImageUrlResult.BadOption, "w=x")]
    [InlineData("/a.jpg", "width", ImageUrlResult.Ok, "")]
    [InlineData("/a.jpg", "", ImageUrlResult.NotAnImageUrl, "")]
    public void What_is_wrong_is_named(string path, string query, ImageUrlResult result, string culprit)
    {
        ImageUrl url = Read(path, query);
        Assert.Equal(result, url.Result);
        Assert.Equal(culprit, Encoding.ASCII.GetString(url.Culprit));
    }

    [Fact]
    public void Options_come_through()
    {
        ImageOptions options = Read("/unsafe/resize:fill:300:200:1/g:nowe:5:6/c:0.5:100/rot:90/fl:1/q:70/dpr:2/bl:1.5/sh:0.25/bg:ff8000/ar:0/plain/a.jpg", "").Options;
        Assert.Equal(ResizeMode.Fill, options.Mode);
        Assert.Equal((300, 200, true), (options.Width, options.Height, options.Enlarges));
        Assert.Equal((0, 0, 5, 6), (options.Gravity.Across, options.Gravity.Down, options.Gravity.OffsetAcross, options.Gravity.OffsetDown));
        Assert.Equal((500_000, 100), (options.CropAcross.Millionths, options.CropDown.Pixels));
        Assert.Equal((1, true, false, 70, 200), (options.Quarters, options.FlipsAcross, options.FlipsDown, options.Quality, options.Dpr));
        Assert.Equal((150, 25, 0xFF8000, true), (options.Blur, options.Sharpen, options.Background, options.IgnoresOrientation));
    }

    [Fact]
    public void With_keys_only_signed_urls_are_taken()
    {
        SigningKeys keys = new();
        keys.TryAdd("key"u8, "salt"u8);
        Assert.Equal(ImageUrlResult.BadSignature, Read("/unsafe/w:1/plain/a.jpg", "", keys).Result);
        Assert.Equal(ImageUrlResult.BadSignature, Read("/abc/w:1/plain/a.jpg", "", keys).Result);
        Assert.Equal(ImageUrlResult.BadSignature, Read("/a.jpg", "w=1", keys).Result);
        Assert.Equal(ImageUrlResult.NotAnImageUrl, Read("/a.jpg", "", keys).Result);
    }

    private ImageUrl Read(string path, string query, SigningKeys? keys = null) =>
        ImageUrl.Read(Encoding.ASCII.GetBytes(path), Encoding.ASCII.GetBytes(query), keys ?? new SigningKeys(), _scratch);
}
