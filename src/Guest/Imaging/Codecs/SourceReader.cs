// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging.Codecs;

/// <summary>Where a codec's callbacks read: there is one picture at a time.</summary>
internal static class SourceReader
{
    private static ImageSource? s_source;
    private static long s_position;

    /// <summary>Whether more was asked for at the end, or what there is could not be had.</summary>
    internal static bool RanOut { get; private set; }

    internal static void Open(ImageSource source)
    {
        s_source = source;
        s_position = 0;
        RanOut = false;
    }

    internal static void Close() => s_source = null;

    /// <summary>Reads on; fewer bytes than asked only at the end.</summary>
    internal static int Read(Span<byte> destination)
    {
        int count = (int)Math.Min(destination.Length, Math.Max(s_source!.Length - s_position, 0));
        if (count > 0 && !s_source.Read(s_position, destination[..count])) count = 0;
        if (count == 0) RanOut = true;
        s_position += count;
        return count;
    }

    /// <summary>Passes over bytes.</summary>
    internal static void Skip(long count) => s_position = Math.Min(s_position + count, s_source!.Length);
}
