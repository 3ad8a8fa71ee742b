// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Uaas.Instances.Confinement;
using Uaas.Linux;

namespace Uaas.Instances;

/// <summary>What carries out a QEMU guest's instructions.</summary>
public enum QemuAcceleration
{
    /// <summary>QEMU's own translator: works everywhere, slowly.</summary>
    Tcg,

    /// <summary>The processor, by KVM.</summary>
    Kvm,
}

/// <summary>Runs instances on QEMU, closed in by its own seccomp filter.</summary>
public sealed class QemuDriver : IMonitorDriver
{
    private const string Program = "qemu-system-x86_64";
    private const int MonitorErrorCode = 1;

    // The jail's own, where it cannot start QEMU, which itself never ends with it.
    private const int JailErrorCode = 126;

    private static readonly InstanceExit s_refusedByJail = new(ExitCause.Monitor, JailErrorCode, "QEMU could not be closed in: its console says why");

    private readonly QemuAcceleration _acceleration;
    private readonly string? _jail;
    private readonly string? _program = FindProgram();

    /// <param name="acceleration">What carries out the guest's instructions.</param>
    /// <param name="jail">Path of the program that closes QEMU in before its first instruction; null for none.</param>
    public QemuDriver(QemuAcceleration acceleration, string? jail = null)
    {
        _acceleration = acceleration;
        _jail = jail;
    }

    /// <inheritdoc/>
    public string Name => "qemu";

    /// <inheritdoc/>
    public string ImageKind => "pvh";

    /// <inheritdoc/>
    public MonitorOverhead Overhead => new(_acceleration == QemuAcceleration.Kvm ? 96 : 128 + QemuCommandLine.TranslatedMebibytes, HasOneThread: false);

    /// <inheritdoc/>
    public Fingerprint Fingerprint()
    {
        if (_program is null)
            return new Fingerprint(false, $"{Program} is not installed", "install it: apt-get install qemu-system-x86");
        Fingerprint kvm = KvmDevice.Fingerprint();
        return _acceleration == QemuAcceleration.Tcg || kvm.Possible ? new Fingerprint(true, _program) : kvm;
    }

    /// <inheritdoc/>
    public IInstance Start(InstanceSpec spec)
    {
        string program = _program ?? throw new UaasException(Failure.Monitor, $"{Program} is not installed", "install it: apt-get install qemu-system-x86");
        Func<ProcessExit, InstanceExit> explain = spec.Machine == QemuMachine.Microvm ? Explain : ExplainAny;
        if (_jail is null)
            return ProcessInstance.Start(spec, program, QemuCommandLine.For(spec, _acceleration, DateTimeOffset.UtcNow), explain);
        using var lent = new LentFiles();
        List<string> line = [.. Jail(spec.Confinement), "--", program, .. QemuCommandLine.For(lent.Lend(spec), _acceleration, DateTimeOffset.UtcNow), .. lent.Options];
        return ProcessInstance.Start(spec, _jail, line, exit => exit is { Signal: 0, Code: JailErrorCode } ? s_refusedByJail : explain(exit), lent.Inherited);
    }

    /// <summary>How QEMU is closed in. Its libraries and firmware are files that it opens itself, so that it cannot do with an empty root.</summary>
    private IEnumerable<string> Jail(InstanceConfinement? confinement)
    {
        if (confinement is null)
            yield break;
        if (confinement.HasNamespaces)
            yield return "--namespaces";
        uint? group = _acceleration == QemuAcceleration.Kvm ? KvmDevice.GroupOfUsers() : 0;
        foreach (string option in confinement.Options(withRoot: false, withUser: group is not null))
            yield return option;
        if (group is > 0 && confinement.User is not null)
            yield return $"--join={group}";
    }

    /// <inheritdoc/>
    public IInstance? Recover(InstanceSpec spec, InstanceHandle handle) => RecoveredInstance.Find(spec, handle);

    /// <summary>
    /// The guest gives its status plus one to isa-debug-exit, or 127 for what is above 125, and QEMU makes 2v + 1 of that: 3, 5, … 253 are the guest's
    /// statuses from 0 on, 255 is a panic, 1 is QEMU's own for errors. An even code means that the guest never got to say anything.
    /// </summary>
    internal static InstanceExit Explain(ProcessExit exit)
    {
        const int abortCode = 255;
        if (exit.Signal != 0)
            return InstanceExit.BySignal(exit.Signal);
        if (exit.Code == MonitorErrorCode)
            return new InstanceExit(ExitCause.Monitor, exit.Code, "QEMU refused it (code 1)");
        if (exit.Code == abortCode || exit.Code % 2 == 0)
            return new InstanceExit(ExitCause.Abort, exit.Code, exit.Code == abortCode ? "the guest panicked" : "the machine was reset or switched off: the guest broke down");
        int status = exit.Code / 2 - 1;
        return new InstanceExit(ExitCause.Guest, status, $"the guest exited with code {status}");
    }

    /// <summary>The same of a guest that may not know isa-debug-exit: that it ends the machine is its own way to end.</summary>
    internal static InstanceExit ExplainAny(ProcessExit exit) =>
        exit is { Signal: 0, Code: 0 } ? new InstanceExit(ExitCause.Guest, 0, "the guest switched the machine off, or reset it") : Explain(exit);

    private static string? FindProgram()
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string path = Path.Combine(folder, Program);
            if (File.Exists(path))
                return path;
        }
        return null;
    }
}
