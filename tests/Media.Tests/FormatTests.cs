// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Amf;
using Uaas.Media.Flv;
using Uaas.Media.Rtmp;

namespace Uaas.Media.Tests;

public class FormatTests
{
    [Theory]
    [InlineData(0ul)]
    [InlineData(1ul)]
    [InlineData(31ul)]
    [InlineData(65_536ul)]
    [InlineData(9_007_199_254_740_991ul)]
    public void Whole_numbers_become_the_doubles_they_are(ulong value) =>
        Assert.Equal((double)value, BitConverter.UInt64BitsToDouble(AmfWriter.ToDoubleBits(value)));

    [Fact]
    public void A_command_is_read_with_the_objects_in_it()
    {
        byte[] room = new byte[256];
        AmfWriter writer = new(room);
        writer.String("connect"u8);
        writer.Number(1);
        writer.BeginObject();
        writer.Property("flashVer"u8, "x"u8);
        writer.Property("capabilities"u8, 3);
        writer.Property("app"u8, "live/?a=b"u8);
        writer.EndObject();
        Assert.True(RtmpCommand.TryRead(writer.Written, out RtmpCommand command));
        Assert.True(command.Name.SequenceEqual("connect"u8));
        Assert.True(command.TryReadApplication(out ReadOnlySpan<byte> application));
        Assert.True(application.SequenceEqual("live"u8));
        AmfReader reader = new(command.Arguments);
        Assert.True(reader.TrySkip());
        Assert.True(reader.IsAtEnd);
    }

    [Fact]
    public void Values_that_nest_without_end_or_are_cut_short_are_refused()
    {
        byte[] nested = new byte[4000];
        for (int i = 0; i + 4 <= nested.Length; i += 4) new byte[] { 3, 0, 1, 97 }.CopyTo(nested, i);
        Assert.False(new AmfReader(nested).TrySkip());
        Assert.False(new AmfReader([10, 0xFF, 0xFF, 0xFF, 0xFF, 5]).TrySkip());
        Assert.False(new AmfReader([2, 0, 9, 1]).TryReadString(out _));
        Assert.False(new AmfReader([0, 1, 2]).TryReadNumber(out _));
    }

    [Theory]
    [InlineData(new byte[] { 0x17, 0, 0, 0, 0 }, PacketKind.SequenceHeader)]
    [InlineData(new byte[] { 0x17, 1, 0, 0, 0 }, PacketKind.KeyFrame)]
    [InlineData(new byte[] { 0x27, 1, 0, 0, 0 }, PacketKind.InterFrame)]
    [InlineData(new byte[] { 0x37, 1, 0, 0, 0 }, PacketKind.DisposableFrame)]
    [InlineData(new byte[] { 0x17, 2, 0, 0, 0 }, PacketKind.Other)]
    [InlineData(new byte[] { 0x17, 1 }, PacketKind.Unusable)]
    [InlineData(new byte[] { 0x90, (byte)'h', (byte)'v', (byte)'c', (byte)'1' }, PacketKind.SequenceHeader)]
    [InlineData(new byte[] { 0x93, (byte)'a', (byte)'v', (byte)'0', (byte)'1' }, PacketKind.KeyFrame)]
    [InlineData(new byte[] { 0xA1, (byte)'v', (byte)'p', (byte)'0', (byte)'9' }, PacketKind.InterFrame)]
    [InlineData(new byte[] { 0x12, 1 }, PacketKind.KeyFrame)]
    [InlineData(new byte[0], PacketKind.Unusable)]
    public void Pictures_are_told_apart(byte[] body, PacketKind kind) => Assert.Equal(kind, MediaPacket.ReadVideo(body));

    [Theory]
    [InlineData(new byte[] { 0xAF, 0, 1 }, PacketKind.SequenceHeader)]
    [InlineData(new byte[] { 0xAF, 1, 1 }, PacketKind.Sound)]
    [InlineData(new byte[] { 0x2F, 1 }, PacketKind.Sound)]
    [InlineData(new byte[] { 0x90, (byte)'O', (byte)'p', (byte)'u', (byte)'s' }, PacketKind.SequenceHeader)]
    [InlineData(new byte[] { 0xAF }, PacketKind.Unusable)]
    public void Sounds_are_told_apart(byte[] body, PacketKind kind) => Assert.Equal(kind, MediaPacket.ReadAudio(body));
}
