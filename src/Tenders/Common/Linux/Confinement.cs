// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>Closes this process in as its command line says: control groups, a root, a user of its own.</summary>
internal static unsafe class Confinement
{
    /// <summary>
    /// Enters the control groups, before there is any memory to account for. A process that moves itself, and has one thread, spares the kernel from
    /// stopping all others meanwhile: microseconds in the place of ten milliseconds.
    /// </summary>
    internal static void EnterGroups(in ConfinementOptions options)
    {
        byte self = (byte)'0';
        for (int i = 0; i < options.GroupCount; i++)
        {
            long result = Kernel.Write(options.Group(i), &self, 1);
            if (result != 1) Tender.Refuse(TenderError.GroupNotJoined, default, (ulong)options.Group(i), Math.Min(result, 0));
        }
    }

    /// <summary>Has an empty directory for root. No path leads anywhere after this; what is open stays open.</summary>
    internal static void EnterRoot(in ConfinementOptions options)
    {
        if (options.Root < 0) return;
        byte* here = stackalloc byte[2];
        here[0] = (byte)'.';
        here[1] = 0;
        long result = Kernel.Call(SystemCall.FChDir, options.Root);
        if (result == 0) result = Kernel.Call(SystemCall.ChRoot, (nint)here);
        if (result < 0) Tender.Refuse(TenderError.RootNotEntered, default, (ulong)options.Root, result);
    }

    /// <summary>Becomes the user, in a group of the same number, and in <paramref name="joined"/> where that is not 0. There is no way back.</summary>
    internal static void BecomeUser(in ConfinementOptions options, uint joined = 0)
    {
        if (options.User == 0) return;
        nint user = (nint)options.User;
        long result = Kernel.Call(SystemCall.SetGroups, joined == 0 ? 0 : 1, (nint)(&joined));
        if (result == 0) result = Kernel.Call(SystemCall.SetResGid, user, user, user);
        if (result == 0) result = Kernel.Call(SystemCall.SetResUid, user, user, user);
        if (result < 0) Tender.Refuse(TenderError.UserNotTaken, default, options.User, result);
    }
}
