// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text;
using Uaas.Boot;
using Uaas.Wire;
using Xunit;

namespace Boot.Tests;

public class BootArgumentsTests
{
    private const string Known = "ip gw name";

    [Theory]
    [InlineData("ip=10.0.0.2/32 gw=10.0.0.1", "")]
    [InlineData("", "")]
    [InlineData("  ip=1  ", "")]
    [InlineData("virtio_mmio.device=512@0xfeb00e00:12 ip=1", "")]
    [InlineData("--solo5:quiet ip=1", "")]
    [InlineData("ipp=1", "ipp=1")]
    [InlineData("i=1", "i=1")]
    [InlineData("ip", "ip")]
    [InlineData("=x", "=x")]
    [InlineData("ip=1 ip=2", "ip=1")]
    [InlineData("gw= name=a=b", "")]
    public void A_word_the_guest_cannot_take_is_named(string commandLine, string expected)
    {
        BootArguments arguments = new(Encoding.UTF8.GetBytes(commandLine));
        Assert.Equal(expected, Encoding.UTF8.GetString(arguments.FindUnacceptable(Encoding.UTF8.GetBytes(Known))));
    }

    [Fact]
    public void A_value_reaches_to_the_end_of_its_word()
    {
        BootArguments arguments = new("name=a=b ip= gw=x"u8);
        Assert.True(arguments.TryGet("name"u8, out ReadOnlySpan<byte> name));
        Assert.Equal("a=b", Encoding.UTF8.GetString(name));
        Assert.True(arguments.TryGet("ip"u8, out ReadOnlySpan<byte> ip));
        Assert.True(ip.IsEmpty);
        Assert.False(arguments.TryGet("g"u8, out _));
    }

    [Theory]
    [InlineData("10.77.0.2/32", true, 0x0A4D0002u, 32)]
    [InlineData("255.255.255.255/0", true, 0xFFFFFFFFu, 0)]
    [InlineData("10.77.0.2", false, 0u, 0)]
    [InlineData("10.77.0.2/33", false, 0u, 0)]
    [InlineData("10.77.0.256/8", false, 0u, 0)]
    [InlineData("10.77.00.2/8", false, 0u, 0)]
    [InlineData("10.77.0/8", false, 0u, 0)]
    [InlineData("10.77.0.2.3/8", false, 0u, 0)]
    [InlineData("10.77..2/8", false, 0u, 0)]
    [InlineData("/8", false, 0u, 0)]
    public void A_prefix_is_taken_whole_or_not_at_all(string text, bool valid, uint address, int length)
    {
        Assert.Equal(valid, ArgumentValue.TryParsePrefix(Encoding.UTF8.GetBytes(text), out Ipv4Address parsed, out int parsedLength));
        if (!valid) return;
        Assert.Equal(new Ipv4Address(address), parsed);
        Assert.Equal(length, parsedLength);
    }

    [Theory]
    [InlineData("0", 10ul, true)]
    [InlineData("10", 10ul, true)]
    [InlineData("11", 10ul, false)]
    [InlineData("18446744073709551615", ulong.MaxValue, true)]
    [InlineData("18446744073709551616", ulong.MaxValue, false)]
    [InlineData("99999999999999999999", ulong.MaxValue, false)]
    [InlineData("-1", 10ul, false)]
    [InlineData("", 10ul, false)]
    [InlineData("1 ", 10ul, false)]
    public void A_number_stays_below_its_bound(string text, ulong maximum, bool valid) =>
        Assert.Equal(valid, ArgumentValue.TryParseNumber(Encoding.UTF8.GetBytes(text), maximum, out _));

    [Fact]
    public void A_line_is_cut_where_its_buffer_ends_and_cannot_be_forged()
    {
        LineBuilder line = new(new byte[24]);
        line.Append("took "u8);
        line.AppendMilliseconds(1_234_567);
        line.Append(" "u8);
        line.AppendForeign("a\nb\u00e9"u8);
        line.Append(long.MinValue);
        line.EndLine();
        Assert.Equal("took 1.234 a?b??-922337\n", Encoding.UTF8.GetString(line.Text));
    }
}
