// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Uaas.Agent;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Uaas.Linux;

namespace Uaas.Cli.Guests;

/// <summary>The options by which people say how a guest is to be started. Guests of ours need none of them.</summary>
internal static class GuestOptions
{
    private static readonly Option<QemuMachine?> Machine = new("--machine") { Description = "The machine that QEMU makes: microvm, q35 or pc (default: microvm for guests of ours, pc for others)", HelpName = "MACHINE" };
    private static readonly Option<ReadySign?> Ready = new("--ready") { Description = "What tells that a guest serves: http (an answer), tcp (a connection) or started (default: http)", HelpName = "SIGN" };
    private static readonly Option<int> Port = new("--guest-port") { Description = "The port that the guest serves on", DefaultValueFactory = _ => 80 };
    private static readonly Option<string?> InitialFiles = new("--initrd") { Description = "What the kernel finds in memory: Linux's initial file system, a Multiboot module", HelpName = "FILE" };
    private static readonly Option<string[]> Blocks = new("--block") { Description = "A read-only block device that the guest asks for; may be given again", HelpName = "NAME=FILE" };

    private static readonly Option<string[]> Volumes = new("--volume")
    {
        Description = "A block device that the guest may write to, kept in a file, which is made where it is not there; with a size such as 10GiB, it has at least that (default: 1GiB). May be given again",
        HelpName = "NAME=FILE[:SIZE]",
    };

    /// <summary>All of them.</summary>
    internal static IReadOnlyList<Option> All => [Machine, Ready, Port, InitialFiles, Blocks, Volumes];

    /// <summary>How a kernel is to be started.</summary>
    /// <exception cref="UaasException">Something that it needs is missing, or something is given that it has no use for.</exception>
    internal static GuestSetup Read(ParseResult arguments, KernelFile kernel, IReadOnlyList<string> given)
    {
        GuestBlock[] blocks = [.. (arguments.GetValue(Blocks) ?? []).Select(ParseBlock), .. (arguments.GetValue(Volumes) ?? []).Select(VolumeOption.Parse)];
        RequireBlocks(kernel, [.. blocks.Select(block => block.Name), .. given]);
        return new GuestSetup
        {
            Kernel = kernel,
            Machine = arguments.GetValue(Machine) ?? (kernel.IsOurs ? QemuMachine.Microvm : QemuMachine.Pc),
            ReadySign = arguments.GetValue(Ready) ?? (kernel.Networks.Count == 0 && !kernel.IsOurs ? ReadySign.Started : ReadySign.Http),
            Port = arguments.GetValue(Port) is > 0 and <= ushort.MaxValue and var port ? port : throw new UaasException(Failure.Usage, "--guest-port is from 1 to 65535"),
            InitialFiles = arguments.GetValue(InitialFiles) is { } files ? ExistingFile(files) : null,
            Blocks = blocks,
        };
    }

    private static GuestBlock ParseBlock(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? new GuestBlock(text[..equals], ExistingFile(text[(equals + 1)..])) : throw new UaasException(Failure.Usage, $"--block takes NAME=FILE, not '{text}'");
    }

    private static string ExistingFile(string path) =>
        File.Exists(path) ? Path.GetFullPath(path) : throw new UaasException(Failure.Content, $"there is no file {path}");

    /// <summary>A Solo5 guest is not started with a device that it does not declare, nor without one that it does.</summary>
    private static void RequireBlocks(KernelFile kernel, IReadOnlyList<string> given)
    {
        if (kernel.Format is not (KernelFormat.Spt or KernelFormat.Hvt) || kernel == KernelFile.Own)
            return;
        if (kernel.Blocks.Except(given).FirstOrDefault() is { } missing)
            throw new UaasException(Failure.Usage, $"the guest asks for a block device {missing}", $"give it a file: --block {missing}=FILE");
        if (given.Except(kernel.Blocks).FirstOrDefault() is { } alien)
        {
            string known = kernel.Blocks.Count == 0 ? "it asks for none" : $"it asks for: {string.Join(", ", kernel.Blocks)}";
            throw new UaasException(Failure.Usage, $"the guest asks for no block device {alien}; {known}");
        }
    }
}
