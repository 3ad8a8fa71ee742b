// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Uaas.Http.Tests;

/// <summary>The parsers of field values, each with what it takes, what it refuses, and what it makes of nonsense.</summary>
public class HeaderValueTests
{
    [Theory]
    [InlineData("", 1, 0, 0, 0)]
    [InlineData("gzip", 1, 1000, 0, 0)]
    [InlineData("gzip, br;q=0.9 , ZSTD ; q=0.123", 1, 1000, 900, 123)]
    [InlineData("*", 1000, 1000, 1000, 1000)]
    [InlineData("*;q=0", 0, 0, 0, 0)]
    [InlineData("identity;q=0, *;q=0.5", 0, 500, 500, 500)]
    [InlineData("br;q=0, *", 1000, 1000, 0, 1000)]
    [InlineData("identity;q=0.5, gzip;q=1.0", 500, 1000, 0, 0)]
    [InlineData("gzip;q=1.001, br;q=2, zstd;q=-1", 1, 0, 0, 0)]
    [InlineData("gzip;q=, br;q=0.1234, zstd;q=.5", 1, 0, 0, 0)]
    [InlineData("gzip;x=y;q=0.3", 1, 300, 0, 0)]
    [InlineData(",,;q=1,gzip", 1, 1000, 0, 0)]
    [InlineData("x-gzip", 1, 1000, 0, 0)]
    public void Accept_encoding(string value, int identity, int gzip, int brotli, int zstandard)
    {
        AcceptEncoding accept = AcceptEncoding.Read(Bytes(value));
        Assert.Equal((identity, gzip, brotli, zstandard), (accept.Identity, accept.Gzip, accept.Brotli, accept.Zstandard));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1000)]
    [InlineData("0.", 0)]
    [InlineData("0.5", 500)]
    [InlineData("0.05", 50)]
    [InlineData("0.999", 999)]
    [InlineData("1.000", 1000)]
    public void Weights(string text, int expected)
    {
        Assert.True(QualityList.TryReadQuality(Bytes(text), out int quality));
        Assert.Equal(expected, quality);
    }

    [Theory]
    [InlineData("*", "\"a\"", true, true)]
    [InlineData("\"a\"", "\"a\"", true, true)]
    [InlineData("\"b\", \"a\"", "\"a\"", true, true)]
    [InlineData("\"b\",,\t\"a\" ,", "\"a\"", true, true)]
    [InlineData("W/\"a\"", "\"a\"", false, true)]
    [InlineData("\"a\"", "W/\"a\"", false, true)]
    [InlineData("W/\"a\"", "W/\"a\"", false, true)]
    [InlineData("w/\"a\"", "\"a\"", false, false)]
    [InlineData("\"A\"", "\"a\"", false, false)]
    [InlineData("a", "\"a\"", false, false)]
    [InlineData("\"a", "\"a\"", false, false)]
    [InlineData("\"b\"\"a\"", "\"a\"", false, false)]
    [InlineData("\"x,\"a\"", "\"a\"", false, false)]
    [InlineData("\"x, y\", \"a\"", "\"a\"", false, false)]
    [InlineData("*, \"a\"", "\"a\"", false, false)]
    [InlineData("", "\"a\"", false, false)]
    [InlineData("\"\"", "\"\"", true, true)]
    public void Entity_tag_lists(string list, string tag, bool strong, bool weak)
    {
        Assert.Equal(strong, EntityTags.StrongContains(Bytes(list), Bytes(tag)));
        Assert.Equal(weak, EntityTags.WeakContains(Bytes(list), Bytes(tag)));
    }

    [Theory]
    [InlineData("\"a\"", true)]
    [InlineData("W/\"a\"", true)]
    [InlineData("\"a\"b", false)]
    [InlineData("\"", false)]
    [InlineData("W/", false)]
    [InlineData("", false)]
    [InlineData("\"a\"\"", false)]
    public void Entity_tags(string text, bool expected) => Assert.Equal(expected, EntityTags.IsTag(Bytes(text)));

    [Theory]
    [InlineData("bytes=0-0", "0+1")]
    [InlineData("bytes=0-", "0+1000")]
    [InlineData("BYTES=10-19", "10+10")]
    [InlineData("bytes=-1", "999+1")]
    [InlineData("bytes=-5000", "0+1000")]
    [InlineData("bytes=990-5000", "990+10")]
    [InlineData("bytes=0-9, 20-29,-10", "0+10 20+10 990+10")]
    [InlineData("bytes=0-9,2000-3000", "0+10")]
    [InlineData("bytes=0-0,2-2,4-4,6-6", "0+1 2+1 4+1 6+1")]
    [InlineData("bytes=99999999999999999999-", "416")]
    [InlineData("bytes=1000-", "416")]
    [InlineData("bytes=-0", "416")]
    [InlineData("bytes=2000-3000,-0", "416")]
    [InlineData("bytes=0-0,2-2,4-4,6-6,8-8", "-")]
    [InlineData("bytes=0-,0-", "-")]
    [InlineData("bytes=0-999,0-0", "-")]
    [InlineData("bytes=", "-")]
    [InlineData("bytes=,", "-")]
    [InlineData("bytes=-", "-")]
    [InlineData("bytes=5-4", "-")]
    [InlineData("bytes=a-b", "-")]
    [InlineData("bytes=1-2-3", "-")]
    [InlineData("bytes=+1-2", "-")]
    [InlineData("bytes 0-9", "-")]
    [InlineData("items=0-9", "-")]
    [InlineData("bytes", "-")]
    [InlineData("", "-")]
    public void Ranges(string value, string expected)
    {
        ByteRange[] ranges = new ByteRange[4];
        ByteRangeResult result = ByteRanges.Read(Bytes(value), 1000, ranges, out int count);
        string actual = result switch
        {
            ByteRangeResult.Ignored => "-",
            ByteRangeResult.Unsatisfiable => "416",
            _ => string.Join(' ', ranges.Take(count).Select(r => $"{r.Start}+{r.Length}")),
        };
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void No_range_of_an_empty_representation_can_be_satisfied()
    {
        ByteRange[] ranges = new ByteRange[4];
        Assert.Equal(ByteRangeResult.Unsatisfiable, ByteRanges.Read("bytes=0-"u8, 0, ranges, out _));
        Assert.Equal(ByteRangeResult.Unsatisfiable, ByteRanges.Read("bytes=-1"u8, 0, ranges, out _));
    }

    [Theory]
    [InlineData("close", ConnectionOptions.Close)]
    [InlineData("Keep-Alive, Upgrade", ConnectionOptions.KeepAlive | ConnectionOptions.Upgrade)]
    [InlineData("closed, keep alive", ConnectionOptions.None)]
    [InlineData(" ,close", ConnectionOptions.Close)]
    public void Connection_options(string value, ConnectionOptions expected) => Assert.Equal(expected, ConnectionOptionsReader.Read(Bytes(value)));

    [Theory]
    [InlineData("text/html", "text", "html")]
    [InlineData(" Text/HTML ; charset=utf-8", "text", "html")]
    public void Media_types(string text, string type, string subtype)
    {
        Assert.True(MediaType.TryRead(Bytes(text), out MediaType media));
        Assert.True(media.Is(Bytes(type), Bytes(subtype)));
        Assert.False(media.Is(Bytes(subtype), Bytes(type)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("text")]
    [InlineData("text/")]
    [InlineData("/html")]
    [InlineData("text/html/x")]
    [InlineData("te xt/html")]
    public void Bad_media_types(string text) => Assert.False(MediaType.TryRead(Bytes(text), out _));

    [Theory]
    [InlineData("a/b; charset=utf-8", "charset", "utf-8")]
    [InlineData("a/b; x=\"1;2\"; CHARSET=\"u t f\"", "charset", "u t f")]
    [InlineData("a/b; x=1;boundary=z", "boundary", "z")]
    [InlineData("a/b; charset=\"u\\\"f\"", "charset", null)]
    [InlineData("a/b; charset", "charset", null)]
    [InlineData("a/b", "charset", null)]
    [InlineData("a/b; charset=\"", "charset", null)]
    public void Media_type_parameters(string text, string name, string? expected)
    {
        Assert.True(MediaType.TryRead(Bytes(text), out MediaType media));
        Assert.Equal(expected is not null, media.TryGetParameter(Bytes(name), out ReadOnlySpan<byte> value));
        if (expected is not null) Assert.Equal(expected, Encoding.Latin1.GetString(value));
    }

    [Theory]
    [InlineData("*/*", true)]
    [InlineData("image/*", true)]
    [InlineData("image/webp;q=0.8", true)]
    [InlineData("image/png", false)]
    [InlineData("*/webp", false)]
    public void Media_ranges(string range, bool covers)
    {
        Assert.True(MediaType.TryRead(Bytes(range), out MediaType media));
        Assert.Equal(covers, media.Covers("image"u8, "webp"u8));
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", long.MaxValue)]
    [InlineData("9999999999999999999999999", long.MaxValue)]
    [InlineData("", null)]
    [InlineData("1a", null)]
    [InlineData(" 1", null)]
    [InlineData("\u0661", null)]
    public void Numbers(string text, long? expected)
    {
        Assert.Equal(expected is not null, Digits.TryRead(Encoding.UTF8.GetBytes(text), out long value));
        if (expected is not null) Assert.Equal(expected, value);
    }

    [Fact]
    public void Numbers_are_written_as_they_are_read()
    {
        byte[] room = new byte[Digits.MaxLength];
        Random random = new(7);
        for (int i = 0; i < 10_000; i++)
        {
            long value = i switch { 0 => 0, 1 => long.MaxValue, _ => random.NextInt64(long.MaxValue) >> random.Next(63) };
            Assert.Equal(value.ToString(System.Globalization.CultureInfo.InvariantCulture), Encoding.ASCII.GetString(Digits.Format(value, room)));
            Assert.True(Digits.TryRead(Digits.Format(value, room), out long read));
            Assert.Equal(value, read);
        }
    }

    [Fact]
    public void Token_characters_are_those_of_the_rfc()
    {
        HashSet<char> expected = [.. "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
        for (int value = 0; value < 256; value++) Assert.Equal(expected.Contains((char)value), Ascii.IsToken((byte)value));
    }

    [Fact]
    public void Control_characters_are_found_wherever_they_are()
    {
        byte[] data = new byte[40];
        for (int value = 0; value < 256; value++)
        {
            bool isControl = value < 0x20 ? value != '\t' : value == 0x7F;
            for (int position = 0; position < data.Length; position++)
            {
                for (int i = 0; i < data.Length; i++) data[i] = (byte)(i % 3 == 0 ? 0xFF : i % 3 == 1 ? '\t' : '~');
                data[position] = (byte)value;
                Assert.Equal(isControl ? position : data.Length, HeadScanner.FindControl(data));
            }
        }
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
