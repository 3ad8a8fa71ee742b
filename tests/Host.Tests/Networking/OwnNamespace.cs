// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;
using Uaas.Linux;

namespace Uaas.Host.Tests.Networking;

/// <summary>Runs a test on a thread with a network namespace of its own, which goes with what was opened in it.</summary>
internal static partial class OwnNamespace
{
    private const int NewNetwork = 0x4000_0000;

    internal static void Run(Action test)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (Unshare(NewNetwork) != 0)
                    throw SystemCallException.Last("unshare");
                test();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);
}
