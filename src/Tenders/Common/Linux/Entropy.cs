// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>The host's random number generator.</summary>
internal static unsafe class Entropy
{
    /// <summary>Fills at most 256 bytes; Linux gives those in one piece.</summary>
    internal static void Fill(Span<byte> destination)
    {
        fixed (byte* first = destination)
        {
            long count;
            do count = Kernel.Call(SystemCall.GetRandom, (nint)first, destination.Length);
            while (count == Kernel.Interrupted);
            if (count != destination.Length) Tender.Refuse(TenderError.RandomUnavailable, default, 0, Math.Min(count, 0));
        }
    }
}
