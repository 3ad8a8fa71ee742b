// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Uaas.Platform;

/// <summary>What runs on the second stack.</summary>
public abstract class FiberBody
{
    /// <summary>Runs for ever, with <see cref="Fiber.Pause"/> wherever somebody else should have a turn.</summary>
    public abstract void Run();
}

/// <summary>
/// The second stack of a unikernel (native/x64/fiber.S): for work that is written as one long piece and must not keep the loop waiting. There is one, and it
/// runs only while <see cref="Resume"/> is being called, so nothing need be locked.
/// </summary>
public static unsafe class Fiber
{
    private static FiberBody? s_body;
    private static nuint s_mainStack;
    private static nuint s_fiberStack;

    /// <summary>Prepares <paramref name="body"/> to run at the first <see cref="Resume"/>. To be called once.</summary>
    public static void Create(FiberBody body)
    {
        if (s_body != null) Environment.FailFast("there is one fiber");
        s_body = body;

        // As if it had paused just before its first instruction: six registers, all 0 so that stack walks end there, then where to return to.
        const int savedRegisters = 6;
        nuint* top = StackTop() - 1;
        *--top = (nuint)(delegate* unmanaged<void>)&Main;
        for (int i = 0; i < savedRegisters; i++) *--top = 0;
        s_fiberStack = (nuint)top;
    }

    /// <summary>Runs the body until it pauses.</summary>
    public static void Resume() => Switch(ref s_mainStack, s_fiberStack);

    /// <summary>Called by the body: lets who resumed it go on.</summary>
    public static void Pause() => Switch(ref s_fiberStack, s_mainStack);

    [UnmanagedCallersOnly]
    private static void Main()
    {
        s_body!.Run();
        Environment.FailFast("a fiber has ended");
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_fiber_switch")]
    private static extern void Switch(ref nuint from, nuint to);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_fiber_stack")]
    private static extern nuint* StackTop();
}
