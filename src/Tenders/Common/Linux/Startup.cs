// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>What every tender does first.</summary>
internal static unsafe class Startup
{
    /// <summary>Reads the command line; answers --help and --version and ends, or refuses.</summary>
    /// <param name="stack">What Linux leaves on the stack: the count of arguments, then their addresses.</param>
    /// <param name="storage">Lent for the devices.</param>
    internal static CommandLine ReadCommandLine(nint* stack, Span<DeviceOptions> storage)
    {
        Arguments arguments = new((byte**)(stack + 1), (int)stack[0]);
        if (!CommandLine.TryParse(arguments, storage, out CommandLine line, out Failure failure)) Tender.Refuse(failure);
        if (line.Action == CommandAction.Run) return line;
        if (line.Action == CommandAction.Help)
        {
            Tender.Print("usage: "u8);
            Tender.Print(Identity.Name);
            Tender.Print(UsageText);
        }
        else
        {
            Tender.Print(Identity.Name);
            Tender.Print(VersionText);
        }

        Tender.Exit(0);
        return line;
    }

    private static ReadOnlySpan<byte> VersionText => " 0.1.0, version 2 of Solo5's interface\n"u8;

    private static ReadOnlySpan<byte> UsageText =>
        """
         [OPTIONS] [--] KERNEL [ARGUMENTS...]

        Runs a unikernel of Solo5's interface. ARGUMENTS are the guest's own.

          --mem=MB                      guest memory in MiB, 2 to 4096 (512)
          --net:NAME=TAP                attach network device NAME to a tap that exists and is up
          --net:NAME=@FD                ... to a tap that is open as descriptor FD
          --net-mac:NAME=MAC            its MAC address (a random one)
          --net-mtu:NAME=N              its MTU (the interface's)
          --block:NAME=PATH             attach block device NAME to a file, to read and write
          --block:NAME=@FD              ... that is open as descriptor FD
          --block-ro:NAME=PATH          ... to read only, or =@FD
          --block-sector-size:NAME=N    bytes of a block, a power of two from 512 to 32768 (512)
          --settings=@FD                lay the open file FD at the end of the guest's memory, for guests that ask for it
          --lanes=@FD                   the directory of memory shared with linked guests (spt), then that memory:
          --lane=@FD                    ... once for each, in the directory's order
          --group=@FD                   enters a control group by its open file 'tasks' or 'cgroup.procs', before anything else
          --root=@FD                    has an open directory for root while the guest runs
          --user=N                      becomes user and group N, in no other group, before the guest runs
          --help, --version

        Every device that the guest declares has to be attached. The exit status is the guest's; 125 where the guest could not be
        run, 255 where it aborted.

        """u8;
}
