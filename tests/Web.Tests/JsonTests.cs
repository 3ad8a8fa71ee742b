// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Uaas.Web.Tests;

/// <summary>Reading and writing JSON, with .NET's own as the judge.</summary>
public sealed class JsonTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("10.5e-7")]
    [InlineData("1E+400")]
    [InlineData("\"\"")]
    [InlineData(" [ ] ")]
    [InlineData("{}")]
    [InlineData("{\"a\":{\"b\":[1,\"x\",true,false,null]},\"a\":2}")]
    [InlineData("\"\\ud83d\\ude00 \\u0000 \\\" \\\\ \\/ \\b\\f\\n\\r\\t é 😀\"")]
    public void WhatIsJsonIsTaken(string json) => Assert.True(JsonReader.IsValid(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData("-")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1e")]
    [InlineData("1 2")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1 2]")]
    [InlineData("[1")]
    [InlineData("]")]
    [InlineData("[}")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{,}")]
    [InlineData("{a:1}")]
    [InlineData("{1:1}")]
    [InlineData("\"")]
    [InlineData("\"\t\"")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\u12\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\ud800\\u0041\"")]
    [InlineData("\"\\udc00\"")]
    [InlineData("'a'")]
    [InlineData("tru")]
    [InlineData("nul")]
    [InlineData("True")]
    [InlineData("// a\n1")]
    [InlineData("\uFEFF1")]
    [InlineData("NaN")]
    public void WhatIsNotIsRefused(string json) => Assert.False(JsonReader.IsValid(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xC0, 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xF4, 0x90, 0x80, 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xE2, 0x82, (byte)'"' })]
    public void WhatIsNoUtf8IsRefused(byte[] json) => Assert.False(JsonReader.IsValid(json));

    [Fact]
    public void DepthIsBounded()
    {
        Assert.True(JsonReader.IsValid(Encoding.ASCII.GetBytes(new string('[', 64) + new string(']', 64))));
        Assert.False(JsonReader.IsValid(Encoding.ASCII.GetBytes(new string('[', 65) + new string(']', 65))));
        Assert.False(JsonReader.IsValid(Encoding.ASCII.GetBytes(new string('[', 1_000_000))));
    }

    [Fact]
    public void MembersAreFoundWhateverTheirOrderAndEscapes()
    {
        JsonReader json = new("{\"skip\":[{\"a\":[1]}],\"\\u0061ge\":-42,\"name\":\"J\\u00fcrgen\",\"big\":9223372036854775808,\"half\":0.5}"u8);
        long age = 0;
        byte[] name = new byte[10];
        int length = 0;
        bool big = true, half = true;
        Assert.True(json.Read());
        while (json.Read() && json.Token == JsonToken.Name)
        {
            if (json.Is("age"u8)) Assert.True(json.Read() && json.TryGetInt64(out age));
            else if (json.Is("name"u8)) Assert.True(json.Read() && json.TryCopyText(name, out length));
            else if (json.Is("big"u8)) big = json.Read() && json.TryGetInt64(out _);
            else if (json.Is("half"u8)) half = json.Read() && json.TryGetInt64(out _);
            else Assert.True(json.Skip());
        }

        Assert.False(json.Read());
        Assert.False(json.HasFailed);
        Assert.Equal(-42, age);
        Assert.Equal("Jürgen", Encoding.UTF8.GetString(name, 0, length));
        Assert.False(big || half);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    [InlineData(-1)]
    public void NumbersAreReadAsTheyAreWritten(long number)
    {
        JsonWriter writer = new(new byte[20]);
        writer.Number(number);
        Assert.True(writer.IsComplete);
        Assert.Equal(number.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(writer.Written));
        JsonReader reader = new(writer.Written);
        Assert.True(reader.Read() && reader.TryGetInt64(out long value) && value == number);
    }

    [Fact]
    public void WhatIsWrittenIsWhatDotNetReads()
    {
        JsonWriter json = new(new byte[1000]);
        json.StartObject();
        json.String("a\"\n"u8, "\u0001 é 😀 \\ /\t"u8);
        json.Name("list"u8);
        json.StartArray();
        json.Number(1);
        json.Boolean(true);
        json.Null();
        json.StartObject();
        json.EndObject();
        json.Raw(" [1.5e3] "u8);
        json.EndArray();
        json.Number("n"u8, -5);
        json.Boolean("b"u8, false);
        json.EndObject();
        Assert.True(json.IsComplete);
        JsonNode node = JsonNode.Parse(json.Written)!;
        Assert.Equal("\u0001 é 😀 \\ /\t", (string?)node["a\"\n"]);
        Assert.Equal(5, node["list"]!.AsArray().Count);
        Assert.Equal(1500, (double)node["list"]![4]![0]!);
        Assert.Equal(-5, (int)node["n"]!);
    }

    [Fact]
    public void BytesThatAreNoUtf8BecomeReplacementCharacters()
    {
        JsonWriter json = new(new byte[100]);
        json.String([(byte)'a', 0xFF, (byte)'b', 0xC3]);
        Assert.Equal("a\uFFFDb\uFFFD", (string?)JsonNode.Parse(json.Written));
    }

    [Fact]
    public void WhatIsNoWholeValueOrDoesNotFitIsNeverComplete()
    {
        byte[] room = new byte[100];
        JsonWriter writer = new(room);
        Assert.False(writer.IsComplete);
        writer.StartObject();
        Assert.False(writer.IsComplete);
        writer.EndArray();
        writer.EndObject();
        Assert.False(writer.IsComplete);

        JsonWriter nameless = new(room);
        nameless.StartObject();
        nameless.Number(1);
        nameless.EndObject();
        Assert.False(nameless.IsComplete);

        JsonWriter valueless = new(room);
        valueless.StartObject();
        valueless.Name("a"u8);
        valueless.EndObject();
        Assert.False(valueless.IsComplete);

        JsonWriter twice = new(room);
        twice.Number(1);
        twice.Number(2);
        Assert.False(twice.IsComplete);

        JsonWriter raw = new(room);
        raw.Raw("1,2"u8);
        Assert.False(raw.IsComplete);

        JsonWriter tight = new(new byte[5]);
        tight.String("abcd"u8);
        Assert.False(tight.IsComplete);

        JsonWriter deep = new(room);
        for (int i = 0; i < 65; i++) deep.StartArray();
        for (int i = 0; i < 65; i++) deep.EndArray();
        Assert.False(deep.IsComplete);
    }
}
