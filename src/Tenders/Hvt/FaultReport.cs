// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Hvt;

/// <summary>
/// Ends a guest that hands the tender memory it may not write itself: the tender's own write to it faults, since the guest's protections are
/// those of the tender's mapping.
/// </summary>
internal static unsafe class FaultReport
{
    /// <summary>Has the signals of such faults answered here.</summary>
    internal static void Install()
    {
        const int bus = 7;
        const int segmentation = 11;
        Signals.Handle(segmentation, &Report, onOwnStack: false);
        Signals.Handle(bus, &Report, onOwnStack: false);
    }

    [UnmanagedCallersOnly]
    private static void Report(int signal, byte* information, byte* context)
    {
        const int addressOffset = 16; // siginfo_t.si_addr
        Tender.Abort(TenderError.GuestArgumentFault, *(ulong*)(information + addressOffset));
    }
}
