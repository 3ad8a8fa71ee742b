// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Uaas.Media.Tests.Recording;

/// <summary>Reads the onMetaData that an FLV file begins with, without the code under test.</summary>
internal static class MetadataReader
{
    internal static Dictionary<string, double> Numbers(byte[] file, out List<double> positions, out List<double> times)
    {
        Assert.Equal(18, file[13]);
        ReadOnlySpan<byte> body = file.AsSpan(24, file[14] << 16 | file[15] << 8 | file[16]);
        Assert.Equal("onMetaData", Encoding.ASCII.GetString(body.Slice(3, 10)));
        Assert.Equal(8, body[13]);
        int count = BinaryPrimitives.ReadInt32BigEndian(body[14..]);
        ReadOnlySpan<byte> rest = body[18..];
        Dictionary<string, double> numbers = [];
        positions = times = [];
        for (int i = 0; i < count; i++)
        {
            string name = Name(ref rest);
            byte type = rest[0];
            rest = rest[1..];
            if (type == 3)
            {
                Assert.Equal("filepositions", Name(ref rest));
                positions = List(ref rest);
                Assert.Equal("times", Name(ref rest));
                times = List(ref rest);
                Assert.Equal([0, 0, 9], rest[..3].ToArray());
                rest = rest[3..];
            }
            else if (type == 0)
            {
                numbers[name] = BinaryPrimitives.ReadDoubleBigEndian(rest);
                rest = rest[8..];
            }
            else
            {
                Assert.Equal(1, type);
                numbers[name] = rest[0];
                rest = rest[1..];
            }
        }

        Assert.Equal([0, 0, 9], rest.ToArray());
        return numbers;
    }

    private static string Name(ref ReadOnlySpan<byte> rest)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        string name = Encoding.ASCII.GetString(rest.Slice(2, length));
        rest = rest[(2 + length)..];
        return name;
    }

    private static List<double> List(ref ReadOnlySpan<byte> rest)
    {
        Assert.Equal(10, rest[0]);
        int count = BinaryPrimitives.ReadInt32BigEndian(rest[1..]);
        rest = rest[5..];
        List<double> values = [];
        for (int i = 0; i < count; i++, rest = rest[9..]) values.Add(BinaryPrimitives.ReadDoubleBigEndian(rest[1..]));
        return values;
    }
}
