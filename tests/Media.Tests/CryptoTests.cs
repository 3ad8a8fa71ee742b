// SPDX-License-Identifier: Apache-2.0

using System;
using System.Security.Cryptography;
using System.Text;
using Uaas.Crypto;

namespace Uaas.Media.Tests;

public class CryptoTests
{
    [Fact]
    public void Digests_are_those_of_dotnet_at_every_length_around_a_block()
    {
        byte[] data = new byte[200];
        new Random(1).NextBytes(data);
        byte[] digest = new byte[Sha1.Size];
        for (int length = 0; length <= data.Length; length++)
        {
            Sha1.Hash(data.AsSpan(0, length), digest);
#pragma warning disable CA5350 // it is what is tested
            Assert.Equal(SHA1.HashData(data.AsSpan(0, length)), digest);
#pragma warning restore CA5350
        }
    }

    [Fact]
    public void Base64_is_that_of_dotnet()
    {
        byte[] data = new byte[70];
        new Random(2).NextBytes(data);
        byte[] text = new byte[Base64.EncodedLength(data.Length)];
        for (int length = 0; length <= data.Length; length++)
        {
            int count = Base64.Encode(data.AsSpan(0, length), text);
            Assert.Equal(Convert.ToBase64String(data, 0, length), Encoding.ASCII.GetString(text, 0, count));
            Assert.Equal(length, Base64.DecodedLength(text.AsSpan(0, count)));
        }

        Assert.Equal(-1, Base64.DecodedLength("abc"u8));
        Assert.Equal(-1, Base64.DecodedLength("ab c"u8));
        Assert.Equal(-1, Base64.DecodedLength("a==="u8));
    }
}
