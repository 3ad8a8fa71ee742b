// SPDX-License-Identifier: Apache-2.0

using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Jail;

/// <summary>
/// Starts a program that cannot close itself in early enough: its control groups, namespaces and user are those of its first instruction, and it has no
/// capability nor a way to gain one. What it needs is open, and inherited. It becomes the program: there is no process between it and whoever started it.
/// </summary>
internal static unsafe class Program
{
    private const int NewMounts = 0x0002_0000;
    private const int NewNames = 0x0400_0000;
    private const int NewIpc = 0x0800_0000;
    private const int NewNetwork = 0x4000_0000;

    [UnmanagedCallersOnly(EntryPoint = "uaas_program")]
    [SkipLocalsInit]
    private static void Start(nint* stack)
    {
        int count = (int)stack[0];
        byte** strings = (byte**)(stack + 1);
        Arguments arguments = new(strings, count);
        if (!JailLine.TryParse(arguments, out JailLine line, out Failure failure)) Tender.Refuse(failure);
        Confinement.EnterGroups(line.Confinement);
        if (line.HasNamespaces)
        {
            long result = Kernel.Call(SystemCall.Unshare, NewMounts | NewNames | NewIpc | NewNetwork);
            if (result < 0) Tender.Refuse(TenderError.NamespacesRefused, default, 0, result);
        }

        Confinement.EnterRoot(line.Confinement);
        Confinement.BecomeUser(line.Confinement, line.JoinedGroup);
        Lockdown.DropCapabilities();
        byte** environment = strings + count + 1;
        long refused = Kernel.Call(SystemCall.ExecVe, (nint)strings[line.ProgramArgument], (nint)(strings + line.ProgramArgument), (nint)environment);
        Tender.Refuse(TenderError.ProgramNotStarted, arguments[line.ProgramArgument], 0, refused);
    }
}
