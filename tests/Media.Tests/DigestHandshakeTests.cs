// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Security.Cryptography;
using Uaas.Media.Rtmp;

namespace Uaas.Media.Tests;

public class DigestHandshakeTests
{
    private const int Digest = 32;
    private const int Size = 1536;

    [Theory]
    [InlineData(8)]
    [InlineData(772)]
    public void A_digest_in_either_block_is_answered_by_ones_that_a_player_can_check(int block)
    {
        byte[] hello = Hello(block, seed: block);
        byte[] answer = new byte[2 * Size];
        Assert.True(DigestHandshake.TryAnswer(hello, 12345, answer));
        byte[] first = answer[..Size];
        int place = Place(first, block);
        Assert.Equal(Hmac("Genuine Adobe Flash Media Server 001"u8.ToArray(), [.. first[..place], .. first[(place + Digest)..]]), first[place..(place + Digest)]);

        byte[] suffix = Convert.FromHexString("F0EEC24A8068BEE82E00D0D1029E7E576EEC5D2D29806FAB93B8E636CFEB31AE");
        byte[] key = Hmac([.. "Genuine Adobe Flash Media Server 001"u8, .. suffix], hello[Place(hello, block)..(Place(hello, block) + Digest)]);
        Assert.Equal(Hmac(key, answer[Size..^Digest]), answer[^Digest..]);
    }

    [Fact]
    public void Who_sends_no_digest_or_a_wrong_one_gets_the_simple_handshake()
    {
        byte[] answer = new byte[2 * Size];
        byte[] plain = Hello(8, seed: 1);
        plain.AsSpan(4, 4).Clear();
        Assert.False(DigestHandshake.TryAnswer(plain, 1, answer));
        byte[] wrong = Hello(772, seed: 2);
        wrong[^1] ^= 1;
        Assert.False(DigestHandshake.TryAnswer(wrong, 1, answer));
        Assert.All(answer, each => Assert.Equal(0, each));
        Assert.False(DigestHandshake.TryAnswer([.. Enumerable.Repeat((byte)0xFF, Size)], 1, answer));
    }

    private static byte[] Hello(int block, int seed)
    {
        byte[] hello = new byte[Size];
        new Random(seed).NextBytes(hello);
        int place = Place(hello, block);
        Hmac("Genuine Adobe Flash Player 001"u8.ToArray(), [.. hello[..place], .. hello[(place + Digest)..]]).CopyTo(hello, place);
        return hello;
    }

    private static int Place(byte[] message, int block) => block + 4 + message[block..(block + 4)].Sum(each => each) % 728;

    private static byte[] Hmac(byte[] key, byte[] data) => HMACSHA256.HashData(key, data);
}
