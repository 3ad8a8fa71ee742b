// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Xunit;

namespace Uaas.Host.Tests.Guests;

/// <summary>Multiboot kernels of 32 and 64 bits, booted by QEMU.</summary>
public sealed class MultibootTests : IDisposable
{
    private const int Good = 42;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [QemuFact]
    public Task A_64_bit_kernel_boots_without_a_chainloader() => BootsAsync("-m64", "elf_x86_64", KernelFormat.Multiboot64, 0x200000, QemuMachine.Pc);

    [QemuFact]
    public Task A_64_bit_kernel_at_1_MiB_boots_too() => BootsAsync("-m64", "elf_x86_64", KernelFormat.Multiboot64, 0x100000, QemuMachine.Q35);

    [QemuFact]
    public Task A_32_bit_kernel_boots_as_it_is() => BootsAsync("-m32", "elf_i386", KernelFormat.Multiboot, 0x100000, QemuMachine.Pc);

    private async Task BootsAsync(string mode, string emulation, KernelFormat format, int address, QemuMachine machine)
    {
        string path = Assemble(mode, emulation, address);
        var kernel = KernelFile.Recognise(path);
        Assert.Equal(format, kernel.Format);
        string module = Path.Combine(_folder, "module");
        await File.WriteAllTextAsync(module, "text of the module\n\0");
        using var image = BootableImage.Prepare(path, kernel.Format);
        using IInstance instance = new QemuDriver(QemuAcceleration.Tcg).Start(new InstanceSpec
        {
            Name = "multiboot-1",
            Image = image.Path,
            ImageInherited = image.Inherited,
            Format = kernel.Format,
            IsOurs = false,
            Machine = machine,
            InitialFiles = module,
            MemoryMebibytes = 16,
            Arguments = ["first", "second=2"],
        });
        InstanceExit exit = await instance.WaitAsync().WaitAsync(Patience);
        string[] lines = [.. instance.Console.Tail().Select(line => line.Text)];
        Assert.True(exit is { Cause: ExitCause.Guest, Code: Good }, $"{exit.Meaning}: {string.Join(" | ", lines)}");
        Assert.EndsWith("first second=2", lines[^2], StringComparison.Ordinal);
        Assert.Equal("text of the module", lines[^1]);
    }

    private string Assemble(string mode, string emulation, int address)
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Guests", "multiboot.S");
        string path = Path.Combine(_folder, "kernel");
        Run("gcc", mode, "-c", source, "-o", path + ".o");
        Run("ld.lld", "-m", emulation, "-static", "-z", "noexecstack", "-e", "start", $"--image-base={address}", "-o", path, path + ".o");
        return path;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
