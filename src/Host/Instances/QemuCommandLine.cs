// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using Uaas.Instances.Kernels;

namespace Uaas.Instances;

/// <summary>QEMU's command line for an instance (docs/qemu.md, docs/foreign.md).</summary>
internal static class QemuCommandLine
{
    /// <summary>Memory for translated code, in MiB. QEMU's own bound is an eighth of the machine's.</summary>
    internal const int TranslatedMebibytes = 128;

    private static readonly string[] Common =
    [
        "-nodefaults", "-no-user-config", "-no-reboot",
        "-display", "none",
        "-serial", "stdio",
        "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        "-device", "isa-debug-exit,iobase=0x501,iosize=1",
    ];

    /// <summary>QEMU's arguments for an instance that starts at <paramref name="now"/>.</summary>
    internal static List<string> For(InstanceSpec spec, QemuAcceleration acceleration, DateTimeOffset now)
    {
        var line = new List<string>(Common)
        {
            "-accel", acceleration == QemuAcceleration.Kvm ? "kvm" : $"tcg,tb-size={TranslatedMebibytes}",
            "-cpu", acceleration == QemuAcceleration.Kvm ? "host" : "max",
            "-m", spec.MemoryMebibytes.ToString(CultureInfo.InvariantCulture),
        };
        line.AddRange(Machine(spec.Machine));
        string transport = spec.Machine == QemuMachine.Microvm ? "device" : "pci";
        line.AddRange(["-device", $"virtio-rng-{transport}"]);
        AddBoot(line, spec, transport);
        foreach (NetworkAttachment network in spec.Networks)
        {
            line.AddRange(["-netdev", $"tap,id={network.Name},fd={network.Tap.DangerousGetHandle()}"]);
            line.AddRange(["-device", $"virtio-net-{transport},netdev={network.Name},mac={network.EthernetAddress}"]);
        }
        foreach (BlockAttachment block in spec.Blocks)
        {
            AddDrive(line, block);
            line.AddRange(["-device", $"virtio-blk-{transport},drive={block.Name},logical_block_size={block.SectorSize},physical_block_size={block.SectorSize}"]);
        }
        string[] words = spec.IsOurs ? [.. spec.Arguments, $"time={(now - DateTimeOffset.UnixEpoch).Ticks * 100}"] : [.. spec.Arguments];
        if (spec.Format is not (KernelFormat.Disk or KernelFormat.Iso) && words.Length > 0)
            line.AddRange(["-append", string.Join(' ', words)]);
        return line;
    }

    /// <summary>What the host's disk cannot take is the guest's to deal with: by default QEMU would halt the machine.</summary>
    private static void AddDrive(List<string> line, BlockAttachment block)
    {
        if (block is { IsWritable: true, Inherited: { } volume })
        {
            nint descriptor = volume.DangerousGetHandle();
            line.AddRange(["-add-fd", $"fd={descriptor},set={descriptor}"]);
            line.AddRange(["-drive", $"if=none,id={block.Name},format=raw,cache=writeback,auto-read-only=off,werror=report,rerror=report,file=/dev/fdset/{descriptor}"]);
        }
        else
        {
            line.AddRange(["-drive", $"if=none,id={block.Name},format=raw,readonly=on,file={Escape(block.Path)}"]);
        }
    }

    private static string[] Machine(QemuMachine machine) => machine switch
    {
        QemuMachine.Microvm => ["-M", "microvm,acpi=off,pit=off,pic=off,rtc=off", "-global", "virtio-mmio.force-legacy=false"],
        QemuMachine.Q35 => ["-M", "q35"],
        _ => ["-M", "pc"],
    };

    private static void AddBoot(List<string> line, InstanceSpec spec, string transport)
    {
        switch (spec.Format)
        {
            case KernelFormat.Disk:
                // What the guest writes is its own, and gone with it: many instances may run from one image.
                line.AddRange(["-drive", $"if=none,id=boot,format=raw,snapshot=on,file={Escape(spec.Image)}", "-device", $"virtio-blk-{transport},drive=boot,bootindex=0"]);
                break;
            case KernelFormat.Iso:
                line.AddRange(["-drive", $"if=none,id=boot,format=raw,readonly=on,file={Escape(spec.Image)}"]);
                line.AddRange(["-device", spec.Machine == QemuMachine.Q35 ? "ide-cd,drive=boot,bootindex=0" : "ide-cd,bus=ide.1,drive=boot,bootindex=0"]);
                break;
            default:
                line.AddRange(["-kernel", spec.Image]);
                if (spec.InitialFiles is { } files)
                    line.AddRange(["-initrd", Escape(files)]);
                else if (spec is { IsOurs: true, Settings: { } settings })
                    line.AddRange(["-initrd", $"/proc/self/fd/{settings.DangerousGetHandle()}"]);
                break;
        }
    }

    /// <summary>A comma would end the value; doubled, it is one.</summary>
    private static string Escape(string path) => path.Replace(",", ",,", StringComparison.Ordinal);
}
