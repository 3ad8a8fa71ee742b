// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Uaas.Media.Flv;

namespace Uaas.Media.Tests.Support;

/// <summary>A tag as a player reads it.</summary>
internal sealed record Tag(TagType Type, uint Timestamp, byte[] Body);

/// <summary>Reads a whole FLV file strictly, as the specification has it, without the code under test.</summary>
internal static class TagReader
{
    internal static List<Tag> Read(ReadOnlySpan<byte> file)
    {
        Assert.Equal("FLV\x01"u8.ToArray(), file[..4].ToArray());
        Assert.Equal(9u, BinaryPrimitives.ReadUInt32BigEndian(file[5..]));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32BigEndian(file[9..]));
        List<Tag> tags = [];
        ReadOnlySpan<byte> rest = file[13..];
        while (rest.Length > 0)
        {
            int length = rest[1] << 16 | rest[2] << 8 | rest[3];
            uint timestamp = (uint)(rest[7] << 24 | rest[4] << 16 | rest[5] << 8 | rest[6]);
            Assert.Equal(0, rest[8] | rest[9] | rest[10]);
            Assert.Equal((uint)length + 11, BinaryPrimitives.ReadUInt32BigEndian(rest[(11 + length)..]));
            tags.Add(new Tag((TagType)rest[0], timestamp, rest.Slice(11, length).ToArray()));
            rest = rest[(15 + length)..];
        }

        return tags;
    }
}
