// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using Uaas.Tenders.Tests.EndToEnd;

namespace Uaas.KvmBed;

/// <summary>What came of one scenario in the bed.</summary>
internal sealed record BedResult(int Status, string Output);

/// <summary>Boots the bed once, with every scenario in it, and collects what came of each.</summary>
public sealed class Bed
{
    private const string Qemu = "/usr/bin/qemu-system-x86_64";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);
    private static readonly string[] s_modules = ["irqbypass.ko", "kvm.ko", "kvm-amd.ko", "tun.ko"];

    /// <summary>Boots, runs and ends the bed.</summary>
    public Bed()
    {
        string initramfs = Path.GetTempFileName();
        try
        {
            WriteInitramfs(initramfs);
            Console = Boot(initramfs);
        }
        finally
        {
            File.Delete(initramfs);
        }

        foreach (string line in Console.Split('\n'))
        {
            int start = line.IndexOf("BED-RESULT ", StringComparison.Ordinal);
            if (start < 0) continue;
            string[] words = line[start..].TrimEnd('\r').Split(' ');
            int index = int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
            int status = int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture);
            Results[BedScenarios.All[index].Name] = new BedResult(status, Encoding.UTF8.GetString(Convert.FromBase64String(words[3])));
        }
    }

    private static readonly string[] s_guests = ["hello", "clock", "netecho", "disk", "faults", "http", "flv"];

    private static readonly string[] s_pictureServices = ["img", "combined"];

    /// <summary>The folder that fetch.sh fills.</summary>
    internal static string Folder { get; } = Environment.GetEnvironmentVariable("UAAS_KVM_BED") ?? Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "uaas-kvm-bed");

    /// <summary>Why the bed cannot be had here; null where it can.</summary>
    internal static string? Obstacle { get; } =
        !File.Exists(Path.Combine(Folder, "complete-with-network")) ? "needs the KVM test bed; run tests/KvmBed.Tests/fetch.sh"
        : !File.Exists(Qemu) ? "needs the package qemu-system-x86"
        : null;

    /// <summary>All that the machine printed.</summary>
    internal string Console { get; }

    /// <summary>Results by the scenario's name.</summary>
    internal Dictionary<string, BedResult> Results { get; } = [];

    private static void WriteInitramfs(string path)
    {
        using FileStream file = File.Create(path);
        CpioArchive archive = new(file);
        using (MemoryStream init = new())
        {
            using Stream script = typeof(Bed).Assembly.GetManifestResourceStream("init.sh")!;
            script.CopyTo(init);
            archive.Add("init", init.ToArray());
        }

        archive.Add("bin/busybox", File.ReadAllBytes(Path.Combine(Folder, "busybox")));
        foreach (string module in s_modules) archive.Add(module, File.ReadAllBytes(Path.Combine(Folder, module)));
        foreach (string platform in (string[])["spt", "hvt"])
        {
            archive.Add($"bin/uaas-{platform}", File.ReadAllBytes(BuiltPrograms.Tender(platform)));
            foreach (string guest in s_guests.Concat(s_pictureServices))
                archive.Add($"images/{guest}.{platform}", File.ReadAllBytes(BuiltPrograms.Guest(guest, platform)));
        }

        AddQemu(archive);
        NodeScenarios.AddCommand(archive);

        for (int i = 0; i < BedScenarios.All.Count; i++)
        {
            BedScenario scenario = BedScenarios.All[i];
            archive.Add($"scenarios/{i:d3}/run", Encoding.UTF8.GetBytes(scenario.Script($"/scenarios/{i:d3}")));
            foreach ((string name, byte[] content) in scenario.Files) archive.Add($"scenarios/{i:d3}/{name}", content);
        }

        archive.Finish();
    }

    private static void AddQemu(CpioArchive archive)
    {
        foreach (string file in HostProgram.FilesOf(Qemu)) archive.Add(file[1..], File.ReadAllBytes(file));
        foreach (string firmware in (string[])["qboot.rom", "pvh.bin"])
            archive.Add($"usr/share/qemu/{firmware}", File.ReadAllBytes(Path.Combine("/usr/share/qemu", firmware)));
        foreach (string guest in s_guests)
            archive.Add($"images/{guest}.pvh", File.ReadAllBytes(BuiltPrograms.Guest(guest, "pvh")));
    }

    private static string Boot(string initramfs)
    {
        // Virtual time counts instructions, so that neither the clocks' calibration nor a limit of time depends on how busy this machine is.
        string[] arguments =
        [
            "-M", "microvm,pit=on,pic=on,rtc=on,isa-serial=on", "-accel", "tcg", "-icount", "shift=0,sleep=off", "-cpu", "max,+svm,+npt", "-m", "1024", "-nodefaults", "-no-user-config",
            "-display", "none", "-serial", "stdio", "-no-reboot", "-kernel", Path.Combine(Folder, "vmlinuz"), "-initrd", initramfs,
            "-append", "console=ttyS0 quiet panic=-1 reboot=t mitigations=off",
        ];
        using Process qemu = Process.Start(new ProcessStartInfo(Qemu, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        System.Threading.Tasks.Task<string> output = qemu.StandardOutput.ReadToEndAsync();
        System.Threading.Tasks.Task<string> errors = qemu.StandardError.ReadToEndAsync();
        if (!qemu.WaitForExit(s_patience)) qemu.Kill();
        return $"{output.Result}{errors.Result}QEMU ended with status {qemu.ExitCode}\n";
    }
}
