// SPDX-License-Identifier: Apache-2.0

using Uaas.Service;

/// <summary>How the guest's memory is divided. What is set aside costs nothing before it is used.</summary>
internal readonly struct ImageMemory
{
    private const long Connections = 8 << 20;
    private const long Least = 24 << 20;
    private const long Most = 4L << 30 >> 1;
    private const int Eighths = 8;

    private ImageMemory(long bytes)
    {
        Results = (int)(bytes / Eighths);
        Pixels = (int)(bytes / Eighths * 3);
        Codecs = (int)(bytes / Eighths * 4);
    }

    /// <summary>Bytes for results that are kept.</summary>
    internal int Results { get; }

    /// <summary>Bytes for the pixels of the picture at hand.</summary>
    internal int Pixels { get; }

    /// <summary>Bytes for the libraries' heap.</summary>
    internal int Codecs { get; }

    /// <summary>Divides what is free; false, and said so on the log, where it is too little.</summary>
    internal static bool TryDivide(long free, out ImageMemory memory)
    {
        long bytes = System.Math.Min(free - Connections, Most);
        memory = new ImageMemory(System.Math.Max(bytes, 0));
        if (bytes >= Least) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "too_little_memory"u8);
        line.Field("free_bytes"u8, free);
        line.Hint("give the unikernel 48 MiB or more (--mem)"u8);
        line.Write();
        return false;
    }
}
