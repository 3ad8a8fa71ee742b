// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders.Linux;

/// <summary>Handlers of signals that end the process.</summary>
internal static unsafe class Signals
{
    /// <summary>Has <paramref name="handler"/> called at a signal, with its number, siginfo_t and ucontext_t. It must not return.</summary>
    internal static void Handle(int signal, delegate* unmanaged<int, byte*, byte*, void> handler, bool onOwnStack)
    {
        const ulong withInformation = 4;
        const ulong alternateStack = 0x08000000;
        const ulong hasRestorer = 0x04000000;
        const int maskSize = 8;
        ulong* action = stackalloc ulong[4];
        action[0] = (ulong)handler;
        action[1] = withInformation | hasRestorer | (onOwnStack ? alternateStack : 0);
        action[2] = (ulong)handler; // Linux asks for a restorer, which a handler that never returns does not need
        action[3] = ulong.MaxValue;
        Kernel.Call(SystemCall.RtSigAction, signal, (nint)action, 0, maskSize);
    }
}
