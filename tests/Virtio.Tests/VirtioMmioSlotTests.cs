// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text;
using Xunit;

namespace Uaas.Devices.Virtio.Tests;

public sealed class VirtioMmioSlotTests
{
    [Theory]
    [InlineData("512@0xfeb00e00:12", 0xfeb00e00ul, 512u, 12)]
    [InlineData("1K@0x10000000:0", 0x10000000ul, 1024u, 0)]
    [InlineData("64k@0xFFFFFFFFFFFC:255", 0xfffffffffffcul, 65536u, 255)]
    public void A_slot_is_read(string text, ulong address, uint size, byte interrupt)
    {
        Assert.True(VirtioMmioSlot.TryParse(Encoding.ASCII.GetBytes(text), out VirtioMmioSlot slot));
        Assert.Equal((address, size, interrupt), (slot.Address, slot.Size, slot.Interrupt));
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("K@0xfeb00e00:12")]
    [InlineData("512")]
    [InlineData("512@0xfeb00e00")]
    [InlineData("512@0xfeb00e00:")]
    [InlineData("512@0xfeb00e00:256")]
    [InlineData("512@0xfeb00e00:12:1")]
    [InlineData("512@feb00e00:12")]
    [InlineData("512@0x:12")]
    [InlineData("512@0xfeb00e0g:12")]
    [InlineData("512@0x1000000000000:12")] // more than 48 bits
    [InlineData("512@0xfeb00e02:12")] // not at a register
    [InlineData("512@0x0:12")]
    [InlineData("255@0xfeb00e00:12")] // no room for the registers
    [InlineData("65K@0xfeb00e00:12")]
    [InlineData("-1@0xfeb00e00:12")]
    [InlineData("99999999999999999999@0xfeb00e00:12")]
    [InlineData("18446744073709551615K@0xfeb00e00:12")]
    public void What_is_none_is_refused(string text) => Assert.False(VirtioMmioSlot.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void No_bytes_break_the_parser()
    {
        var random = new Random(9);
        ReadOnlySpan<byte> alphabet = "0123456789abcdefxK@: \0\xff"u8;
        Span<byte> text = stackalloc byte[24];
        for (int i = 0; i < 200_000; i++)
        {
            Span<byte> word = text[..random.Next(text.Length + 1)];
            for (int j = 0; j < word.Length; j++) word[j] = alphabet[random.Next(alphabet.Length)];
            if (VirtioMmioSlot.TryParse(word, out VirtioMmioSlot slot)) Assert.InRange(slot.Size, 256u, 65536u);
        }
    }
}
