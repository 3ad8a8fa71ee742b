// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Uaas.Demo;

/// <summary>Makes up the large download: bytes that look random and are always the same, and their SHA-256 beside them, so that a client can check what it got.</summary>
internal static class LargeFile
{
    private const string Name = "large.bin";

    internal static void Write(string output, int mebibytes)
    {
        Directory.CreateDirectory(output);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (FileStream file = File.Create(Path.Combine(output, Name)))
        {
            byte[] chunk = new byte[1 << 20];
            ulong state = 0x9E3779B97F4A7C15;
            for (int i = 0; i < mebibytes; i++)
            {
                for (int at = 0; at < chunk.Length; at += sizeof(ulong))
                {
                    // Marsaglia's xorshift.
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    BinaryPrimitives.WriteUInt64LittleEndian(chunk.AsSpan(at), state);
                }

                hash.AppendData(chunk);
                file.Write(chunk);
            }
        }

        File.WriteAllText(Path.Combine(output, Name + ".sha256"), $"{Convert.ToHexStringLower(hash.GetHashAndReset())}  {Name}\n");
    }
}
