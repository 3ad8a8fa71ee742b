// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace Uaas.Pvh.Tests;

/// <summary>How a guest ended.</summary>
/// <param name="Status">What it gave to Machine.Exit, as docs/qemu.md says; null where QEMU ended otherwise.</param>
/// <param name="Console">All that it printed.</param>
/// <param name="Errors">All that QEMU said.</param>
internal sealed record GuestEnd(int? Status, string Console, string Errors);

/// <summary>One guest on QEMU's own emulator, with the command line of docs/qemu.md; killed if it outlives its time.</summary>
internal sealed class Qemu : IDisposable
{
    internal const string Program = "qemu-system-x86_64";
    private const string Microvm = "microvm,acpi=off,pit=off,pic=off,rtc=off";
    private const int LifetimeMilliseconds = 30_000;
    private const int ErrorOfQemu = 1;

    private static readonly string s_images = typeof(Qemu).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Images").Value!;

    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <summary>Starts image <paramref name="image"/> with the words <paramref name="commandLine"/>, and QEMU's own <paramref name="options"/>.</summary>
    internal Qemu(string image, string commandLine, params string[] options)
        : this(image, commandLine, modern: true, options)
    {
    }

    /// <summary>The same, with or without the switch to modern virtio.</summary>
    internal Qemu(string image, string commandLine, bool modern, params string[] options)
        : this(image, commandLine, Microvm, modern, options)
    {
    }

    /// <summary>The same, on a machine of that kind.</summary>
    internal Qemu(string image, string commandLine, string machine, bool modern, params string[] options)
    {
        List<string> arguments =
        [
            "-M", machine, "-accel", "tcg", "-cpu", "max", "-m", "16", "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot", "-serial", "stdio", "-device", "isa-debug-exit,iobase=0x501,iosize=1",
            "-kernel", Path.Combine(s_images, image + ".pvh"), "-append", commandLine,
        ];
        if (modern) arguments.AddRange(["-global", "virtio-mmio.force-legacy=false"]);
        arguments.AddRange(options);
        _process = Process.Start(new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _errors = _process.StandardError.ReadToEndAsync();
        _ = KillLater();
    }

    /// <summary>The next line of the console; null at its end.</summary>
    internal string? ReadLine() => _process.StandardOutput.ReadLine();

    /// <summary>Sends text to the guest's serial port.</summary>
    internal void Send(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    /// <summary>Runs a guest to its end.</summary>
    internal static GuestEnd Run(string image, string commandLine, params string[] options)
    {
        using var qemu = new Qemu(image, commandLine, options);
        return qemu.WaitForEnd();
    }

    /// <summary>Waits for the end; the console has what was not read before.</summary>
    internal GuestEnd WaitForEnd()
    {
        string console = _process.StandardOutput.ReadToEnd();
        _process.WaitForExit();
        int code = _process.ExitCode;
        bool byGuest = (code & 1) != 0 && code != ErrorOfQemu;
        int status = (code - 3) / 2;
        return new GuestEnd(byGuest ? (status == 126 ? 255 : status) : null, console, _errors.Result);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task KillLater()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMilliseconds(LifetimeMilliseconds));
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It is disposed: the test is over.
        }
    }
}
