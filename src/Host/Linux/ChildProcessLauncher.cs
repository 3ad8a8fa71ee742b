// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

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
        using var environment = new NativeStrings(null, start.Environment ?? OwnEnvironment());
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

    private static List<string> OwnEnvironment()
    {
        var result = new List<string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            result.Add($"{entry.Key}={entry.Value}");
        return result;
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
            throw new SystemCallException(call, error);
    }

    /// <summary>A vector of C strings that ends with a null pointer, as exec wants it.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly int _count;

        internal NativeStrings(string? first, IReadOnlyList<string> rest)
        {
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(rest.Count + 2), (nuint)sizeof(byte*));
            if (first is not null)
                Pointers[_count++] = Copy(first);
            foreach (string text in rest)
                Pointers[_count++] = Copy(text);
        }

        internal byte** Pointers { get; }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++)
                NativeMemory.Free(Pointers[i]);
            NativeMemory.Free(Pointers);
        }

        private static byte* Copy(string text)
        {
            if (text.Contains('\0'))
                throw new ArgumentException("an argument contains a NUL character");
            int length = Encoding.UTF8.GetByteCount(text);
            byte* copy = (byte*)NativeMemory.Alloc((nuint)length + 1);
            Encoding.UTF8.GetBytes(text, new Span<byte>(copy, length));
            copy[length] = 0;
            return copy;
        }
    }
}
