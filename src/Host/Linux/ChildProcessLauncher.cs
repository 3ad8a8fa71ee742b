// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Uaas.Linux;

/// <summary>posix_spawn with file actions. The structures of the C library are opaque; their sizes are those of glibc on x86-64, with room to spare.</summary>
internal static unsafe class ChildProcessLauncher
{
    private const int OpaqueSize = 512;
    private const int SignalSetSize = 128;
    private const short SetSignalDefault = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;
    private const int FirstOwnDescriptor = 3;

    /// <summary>Starts the process and returns its number.</summary>
    internal static int Launch(in ChildProcessStart start)
    {
        // What this process was itself given may lack the flag; nothing goes to a child unless it is named.
        Libc.CloseOnExecFrom(FirstOwnDescriptor);

        byte* actions = stackalloc byte[OpaqueSize];
        byte* attributes = stackalloc byte[OpaqueSize];
        Check(Libc.SpawnActionsInitialize(actions), "posix_spawn_file_actions_init");
        Check(Libc.SpawnAttributesInitialize(attributes), "posix_spawnattr_init");
        using var arguments = new NativeStrings(start.Program, start.Arguments);
        using var environment = new NativeStrings(null, start.Environment ?? NativeStrings.OwnEnvironment());
        try
        {
            AddFileActions(actions, start);
            SetAttributes(attributes, start.OwnSession);
            int process;
            Check(Libc.Spawn(&process, start.Program, actions, attributes, arguments.Pointers, environment.Pointers), $"start {start.Program}");
            return process;
        }
        finally
        {
            Libc.SpawnActionsDestroy(actions);
            Libc.SpawnAttributesDestroy(attributes);
        }
    }

    private static void AddFileActions(byte* actions, in ChildProcessStart start)
    {
        Check(Libc.SpawnActionsOpen(actions, 0, "/dev/null", 0, 0), "posix_spawn_file_actions_addopen");
        if (start.Output is { } output)
        {
            Duplicate(actions, output, 1);
            Duplicate(actions, output, 2);
        }

        foreach (SafeHandle inherited in start.Inherited ?? [])
        {
            // Onto its own number: glibc clears the close-on-exec flag then, and no number can clash with another.
            Duplicate(actions, inherited, (int)inherited.DangerousGetHandle());
        }
    }

    private static void Duplicate(byte* actions, SafeHandle from, int to) =>
        Check(Libc.SpawnActionsDuplicate(actions, (int)from.DangerousGetHandle(), to), "posix_spawn_file_actions_adddup2");

    /// <summary>The child starts with no signal blocked and none ignored, whatever the runtime has set up here.</summary>
    private static void SetAttributes(byte* attributes, bool ownSession)
    {
        byte* signals = stackalloc byte[SignalSetSize];
        new Span<byte>(signals, SignalSetSize).Clear();
        Check(Libc.SpawnAttributesSetSignalMask(attributes, signals), "posix_spawnattr_setsigmask");
        new Span<byte>(signals, SignalSetSize).Fill(0xff);
        Check(Libc.SpawnAttributesSetDefaultSignals(attributes, signals), "posix_spawnattr_setsigdefault");
        short flags = SetSignalDefault | SetSignalMask;
        if (ownSession)
            flags |= SetSession;
        Check(Libc.SpawnAttributesSetFlags(attributes, flags), "posix_spawnattr_setflags");
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
            throw new SystemCallException(call, error);
    }
}
