// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform;

/// <summary>Checks the clocks: monotonic time advances, a wait ends at its deadline and not before, the date is of this century.</summary>
internal static class Program
{
    private const long Millisecond = 1_000_000;

    // A busy host may give the guest no processor for seconds; a wait that is never ended is longer than any of that.
    private const long Stalled = 60_000 * Millisecond;

    private const long Year2020 = 1_577_836_800_000_000_000;
    private const long Year2100 = 4_102_444_800_000_000_000;

    internal static void Main()
    {
        Check(Machine.Now >= Machine.BootTime, "now is after boot\n"u8);
        long before = Machine.Now;
        long deadline = before + 20 * Millisecond;
        while (Machine.Now < deadline) Machine.Wait(deadline);
        long waited = Machine.Now - before;
        Check(waited >= 20 * Millisecond, "a wait of 20 ms is not shorter\n"u8);
        Check(waited < Stalled, "a wait of 20 ms is not much longer\n"u8);
        before = Machine.Now;
        Machine.Wait(before);
        Machine.Wait(0);
        Check(Machine.Now - before < Stalled, "a deadline that has passed does not wait\n"u8);
        Check(Machine.UtcNow is > Year2020 and < Year2100, "the date is plausible\n"u8);
        long last = Machine.Now;
        for (int i = 0; i < 1000; i++)
        {
            long now = Machine.Now;
            if (now < last) Machine.Exit(1);
            last = now;
        }

        Machine.Write("the clock never goes back\n"u8);
    }

    private static void Check(bool holds, System.ReadOnlySpan<byte> what)
    {
        Machine.Write(holds ? "ok: "u8 : "FAILED: "u8);
        Machine.Write(what);
        if (!holds) Machine.Exit(1);
    }
}
