// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>Signals to other processes.</summary>
internal static partial class Signals
{
    private const int SigTerm = 15;

    internal static void Terminate(int process)
    {
        if (Kill(process, SigTerm) != 0) throw new InvalidOperationException($"cannot signal process {process}");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
