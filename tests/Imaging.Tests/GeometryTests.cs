// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Uaas.Imaging.Tests;

public sealed class GeometryTests
{
    [Theory]
    [InlineData("w:500", 2000, 1333, 1, 500, 333)]
    [InlineData("w:500/h:100", 2000, 1333, 1, 150, 100)]
    [InlineData("rs:fill:500:100", 2000, 1333, 1, 500, 100)]
    [InlineData("rs:force:500:100", 2000, 1333, 1, 500, 100)]
    [InlineData("rs:force:500", 2000, 1333, 1, 500, 1333)]
    [InlineData("w:4000", 2000, 1333, 1, 2000, 1333)]
    [InlineData("w:4000/el:1", 2000, 1333, 1, 4000, 2666)]
    [InlineData("rs:fill:4000:1000", 2000, 1333, 1, 2000, 1000)]
    [InlineData("rs:fill-down:4000:1000", 2000, 1333, 1, 2000, 500)]
    [InlineData("rs:auto:100:200", 2000, 1333, 1, 100, 67)]
    [InlineData("rs:auto:200:100", 2000, 1333, 1, 200, 100)]
    [InlineData("w:250/dpr:2", 2000, 1333, 1, 500, 333)]
    [InlineData("w:500", 2000, 1333, 6, 750, 500)]
    [InlineData("w:500/ar:0", 2000, 1333, 6, 500, 333)]
    [InlineData("w:500/rot:90", 2000, 1333, 1, 750, 500)]
    [InlineData("c:0.5:0.5", 2000, 1333, 1, 1000, 666)]
    [InlineData("w:1", 1, 9000, 1, 1, 9000)]
    public void Sizes_before_turning_are(string options, int width, int height, int orientation, int newWidth, int newHeight)
    {
        Geometry geometry = Plan(options, width, height, orientation);
        Assert.Equal((newWidth, newHeight), (geometry.Width, geometry.Height));
    }

    [Theory]
    [InlineData("rs:fill:100:100/g:we", 200, 100, 0, 0)]
    [InlineData("rs:fill:100:100/g:ea", 200, 100, 100, 0)]
    [InlineData("rs:fill:100:100", 200, 100, 50, 0)]
    [InlineData("rs:fill:100:100/g:we:10", 200, 100, 10, 0)]
    [InlineData("rs:fill:100:100/g:ea:10", 200, 100, 90, 0)]
    [InlineData("rs:fill:100:100/g:fp:0.3:0.5", 200, 100, 10, 0)]
    [InlineData("rs:fill:100:100/g:so", 100, 200, 0, 100)]
    [InlineData("c:10:20:noea", 200, 100, 190, 0)]
    public void What_is_kept_begins_at(string options, int width, int height, double left, double top)
    {
        Geometry geometry = Plan(options, width, height, 1);
        Assert.Equal((left, top), (geometry.Across.Start, geometry.Down.Start));
    }

    [Theory]
    [InlineData(500, 2)]
    [InlineData(1000, 1)]
    [InlineData(250, 4)]
    [InlineData(100, 8)]
    [InlineData(501, 1)]
    public void Twice_the_resolution_is_left_to_be_resampled(int width, int divisor) => Assert.Equal(divisor, Plan($"w:{width}", 2000, 1000, 1).ShrinkOnLoad);

    [Fact]
    public void Turns_do_to_pixels_what_exif_says()
    {
        // The letter F, as each orientation stores it, from the figure of the EXIF specification.
        string[] stored = ["11 10 11 10", "11 01 11 01", "01 11 01 11", "10 11 10 11", "1111 1010", "1010 1111", "0101 1111", "1111 0101"];
        for (int orientation = 1; orientation <= 8; orientation++)
        {
            string[] rows = stored[orientation - 1].Split(' ');
            Assert.Equal("11 10 11 10", Show(rows, Turn.FromOrientation(orientation)));
        }
    }

    [Fact]
    public void One_turn_after_another_is_one_turn()
    {
        string[] picture = ["ab", "cd", "ef"];
        for (int first = 1; first <= 8; first++)
        {
            for (int second = 1; second <= 8; second++)
            {
                string stepwise = Show(Show(picture, Turn.FromOrientation(first)).Split(' '), Turn.FromOrientation(second));
                Assert.Equal(stepwise, Show(picture, Turn.FromOrientation(first).Then(Turn.FromOrientation(second))));
            }
        }
    }

    private static string Show(string[] rows, in Turn turn)
    {
        uint[] source = [.. string.Concat(rows)];
        uint[] turned = new uint[source.Length];
        int width = turn.Transposes ? rows.Length : rows[0].Length;
        for (int y = 0; y < turned.Length / width; y++)
        {
            PixelOperations.TurnRow(MemoryMarshal.AsBytes(source.AsSpan()), rows[0].Length, turn, y, MemoryMarshal.AsBytes(turned.AsSpan(y * width, width)));
        }

        StringBuilder text = new();
        for (int i = 0; i < turned.Length; i++) text.Append(i > 0 && i % width == 0 ? " " : "").Append((char)turned[i]);
        return text.ToString();
    }

    private static Geometry Plan(string options, int width, int height, int orientation)
    {
        ImageUrl url = ImageUrl.Read(Encoding.ASCII.GetBytes($"/unsafe/{options}/plain/a.jpg"), default, new SigningKeys(), new byte[ImageUrl.MaxSource]);
        Assert.Equal(ImageUrlResult.Ok, url.Result);
        return Geometry.Plan(width, height, orientation, url.Options);
    }
}
