// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Linq;
using System.Text;
using Uaas.Boot;
using Xunit;

namespace Boot.Tests;

public class SettingsTableTests
{
    [Fact]
    public void Values_are_found_by_name()
    {
        Assert.True(SettingsTable.TryRead(Encode(("A", "1"), ("AB", ""), ("B", "two words\n")), out SettingsTable table));
        Assert.Equal(3, table.Count);
        Assert.Equal("1", Value(table, "A"));
        Assert.Equal("", Value(table, "AB"));
        Assert.Equal("two words\n", Value(table, "B"));
        Assert.Null(Value(table, "C"));
        Assert.Null(Value(table, ""));
    }

    [Fact]
    public void Nothing_is_an_empty_table()
    {
        Assert.True(SettingsTable.TryRead(default, out SettingsTable table));
        Assert.Equal(0, table.Count);
        Assert.Null(Value(table, "A"));
    }

    [Fact]
    public void What_follows_the_table_is_padding()
    {
        byte[] bytes = Encode(("A", "1"));
        Assert.True(SettingsTable.TryRead([.. bytes, .. new byte[500]], out SettingsTable table));
        Assert.Equal("1", Value(table, "A"));
    }

    [Fact]
    public void A_table_that_is_cut_short_anywhere_is_none()
    {
        byte[] bytes = Encode(("A", "1"), ("B", "2"));
        for (int length = 1; length < bytes.Length; length++)
        {
            byte[] cut = bytes[..length];
            Assert.False(SettingsTable.TryRead(cut, out _));
            if (length < 16) continue;
            BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(8), length);
            Assert.False(SettingsTable.TryRead(cut, out _));
        }
    }

    [Theory]
    [InlineData("B", "A")]
    [InlineData("A", "A")]
    [InlineData("AB", "A")]
    [InlineData("1A", "B")]
    [InlineData("A B", "C")]
    [InlineData("A=", "C")]
    [InlineData("", "C")]
    public void Names_are_words_in_order(string first, string second) => Assert.False(SettingsTable.TryRead(Encode((first, "x"), (second, "y")), out _));

    [Fact]
    public void Bounds_are_kept()
    {
        string longest = new('N', SettingsTable.MaxName);
        Assert.True(SettingsTable.TryRead(Encode((longest, new string('v', SettingsTable.MaxValue))), out _));
        Assert.False(SettingsTable.TryRead(Encode((longest + "N", "")), out _));
        Assert.False(SettingsTable.TryRead(Encode(("A", new string('v', SettingsTable.MaxValue + 1))), out _));
        (string, string)[] many = [.. Enumerable.Range(0, SettingsTable.MaxCount + 1).Select(i => ($"N{i:00000}", ""))];
        Assert.True(SettingsTable.TryRead(Encode(many[1..]), out _));
        Assert.False(SettingsTable.TryRead(Encode(many), out _));
    }

    [Fact]
    public void Lengths_that_would_overflow_are_refused()
    {
        byte[] bytes = Encode(("A", "1"));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), uint.MaxValue);
        Assert.False(SettingsTable.TryRead(bytes, out _));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), uint.MaxValue);
        Assert.False(SettingsTable.TryRead(bytes, out _));
    }

    private static string? Value(SettingsTable table, string name) =>
        table.TryGet(Encoding.ASCII.GetBytes(name), out ReadOnlySpan<byte> value) ? Encoding.UTF8.GetString(value) : null;

    private static byte[] Encode(params (string Name, string Value)[] values)
    {
        byte[] entries = [.. values.SelectMany(one => (byte[])[.. BitConverter.GetBytes(one.Name.Length), .. BitConverter.GetBytes(one.Value.Length), .. Encoding.ASCII.GetBytes(one.Name), .. Encoding.ASCII.GetBytes(one.Value)])];
        return [.. "UAASENV1"u8, .. BitConverter.GetBytes(16 + entries.Length), .. BitConverter.GetBytes(values.Length), .. entries];
    }
}
