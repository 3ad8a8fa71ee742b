// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Uaas.Content.Tests.Support;

/// <summary>Content for tests.</summary>
internal static class Samples
{
    /// <summary>Text that compresses well.</summary>
    public static string Text(int length, int seed = 1)
    {
        string[] words = ["unikernel", "frame", "segment", "content", "image", "page", "block", "the", "of", "a", "answers", "reads"];
        Random random = new(seed);
        StringBuilder text = new();
        while (text.Length < length)
        {
            text.Append(words[random.Next(words.Length)]).Append(' ');
        }

        return text.ToString(0, length);
    }

    /// <summary>Bytes that do not compress.</summary>
    public static byte[] Noise(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
