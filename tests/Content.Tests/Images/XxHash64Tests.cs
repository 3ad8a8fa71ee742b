// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Uaas.Content.Tests.Images;

public sealed class XxHash64Tests
{
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("xxhash", 0x32DD38952C4BC720)]
    [InlineData("Call me Ishmael. Some years ago--never mind how long precisely-", 0x02A2E85470D6FD96)]
    public void AgreesWithTheReference(string text, ulong hash) => Assert.Equal(hash, XxHash64.Hash(Encoding.ASCII.GetBytes(text)));
}
