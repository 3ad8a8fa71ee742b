// SPDX-License-Identifier: Apache-2.0

using System;
using System.Security.Cryptography;
using System.Text;
using Uaas.Crypto;

namespace Uaas.Imaging.Tests;

public sealed class CryptoTests
{
    [Fact]
    public void Hashes_are_those_of_the_standard_for_every_length_around_a_block()
    {
        Random random = new(1);
        for (int length = 0; length < 200; length++)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            byte[] hash = new byte[Sha256.Length];
            Sha256.Hash(bytes, hash);
            Assert.Equal(SHA256.HashData(bytes), hash);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    public void Codes_are_those_of_the_standard_for_short_and_long_keys(int keyLength)
    {
        byte[] key = new byte[keyLength];
        new Random(keyLength).NextBytes(key);
        byte[] code = new byte[Sha256.Length];
        HmacSha256.Compute(key, "salt"u8, "/rs:fill:300:400/plain/photo.jpg"u8, code);
        Assert.Equal(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes("salt/rs:fill:300:400/plain/photo.jpg")), code);
    }

    [Fact]
    public void Any_of_several_keys_signs_and_nothing_else_does()
    {
        SigningKeys keys = new();
        Assert.True(keys.TryAdd("old"u8, "a"u8));
        Assert.True(keys.TryAdd("new"u8, "b"u8));
        byte[] path = Encoding.ASCII.GetBytes("/w:300/plain/photo.jpg");
        byte[] good = Encoding.ASCII.GetBytes(System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData("new"u8, (byte[])[.. "b"u8, .. path])));
        Assert.True(keys.Verify(good, path));
        Assert.False(keys.Verify(good, Encoding.ASCII.GetBytes("/w:301/plain/photo.jpg")));
        Assert.False(keys.Verify(good.AsSpan(0, 42), path));
        Assert.False(keys.Verify(Encoding.ASCII.GetBytes(System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData("new"u8, (byte[])[.. "a"u8, .. path]))), path));
        Assert.False(keys.AllowsUnsigned);
        keys.AllowUnsigned();
        Assert.True(keys.AllowsUnsigned);
    }
}
