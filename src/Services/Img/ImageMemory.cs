// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Platform;
using Uaas.Service;

/// <summary>How the guest's memory is divided. What is set aside costs nothing before it is used.</summary>
internal readonly struct ImageMemory
{
    private const long Margin = 4 << 20; // tables of results and of who waits for them, made afterwards
    private const long Least = 24 << 20;
    private const long Most = 2L << 30;
    private const int Eighths = 8;

    private ImageMemory(long bytes, bool keepsSources)
    {
        Results = (int)(bytes / Eighths * (keepsSources ? 2 : 1));
        Pixels = (int)(bytes / Eighths * 3);
        Codecs = (int)(bytes / Eighths * (keepsSources ? 3 : 4));
    }

    /// <summary>Bytes for results that are kept, and for sources that are fetched.</summary>
    internal int Results { get; }

    /// <summary>Bytes for the pixels of the picture at hand.</summary>
    internal int Pixels { get; }

    /// <summary>Bytes for the libraries' heap.</summary>
    internal int Codecs { get; }

    /// <summary>Divides what is free; false, and said so on the log, where it is too little.</summary>
    /// <param name="reserved">Bytes that others will take.</param>
    /// <param name="keepsSources">Whether sources are fetched from other services.</param>
    /// <param name="memory">The parts.</param>
    internal static bool TryDivide(long reserved, bool keepsSources, out ImageMemory memory)
    {
        long bytes = Math.Min(FreeMemory.Bytes - reserved - Margin, Most);
        memory = new ImageMemory(Math.Max(bytes, 0), keepsSources);
        if (bytes >= Least) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "too_little_memory"u8);
        line.Field("for_pictures"u8, bytes);
        line.Field("least"u8, Least);
        line.Hint("give the unikernel more (--mem)"u8);
        line.Write();
        return false;
    }
}
