// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Xunit;

namespace Uaas.Host.Tests.Guests;

/// <summary>Disks and CDs, booted by QEMU's firmware.</summary>
public sealed class DiskTests : IDisposable
{
    private const int CdSector = 2048;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // 16-bit code, loaded at 0x7c00: prints the text behind it on the first serial port, and gives 42 plus one to isa-debug-exit.
    private static readonly byte[] Code =
    [
        0x31, 0xc0, 0x8e, 0xd8, // xor %ax, %ax; mov %ax, %ds
        0xbe, 0x1b, 0x7c, 0xba, 0xf8, 0x03, 0xfc, // mov $0x7c1b, %si; mov $0x3f8, %dx; cld
        0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8, // 1: lodsb; test %al, %al; jz 2f; out %al, %dx; jmp 1b
        0xba, 0x01, 0x05, 0xb0, 0x2b, 0xee, 0xeb, 0xfe, // 2: mov $0x501, %dx; mov $43, %al; out %al, %dx; jmp .
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [QemuFact]
    public async Task A_disk_boots_and_stays_as_it_is()
    {
        byte[] disk = new byte[1 << 20];
        BootSector().CopyTo(disk, 0);
        string path = await BootsAsync(disk, KernelFormat.Disk, QemuMachine.Pc);
        Assert.Equal(disk, await File.ReadAllBytesAsync(path));
    }

    [QemuFact]
    public Task A_disk_boots_on_q35() => BootsAsync([.. BootSector(), .. new byte[1 << 20]], KernelFormat.Disk, QemuMachine.Q35);

    [QemuFact]
    public Task A_CD_boots() => BootsAsync(Cd(), KernelFormat.Iso, QemuMachine.Pc);

    private async Task<string> BootsAsync(byte[] image, KernelFormat format, QemuMachine machine)
    {
        string path = Path.Combine(_folder, "some,file");
        await File.WriteAllBytesAsync(path, image);
        var kernel = KernelFile.Recognise(path);
        Assert.Equal(format, kernel.Format);
        using IInstance instance = new QemuDriver(QemuAcceleration.Tcg).Start(new InstanceSpec
        {
            Name = "disk-1",
            Image = path,
            Format = kernel.Format,
            IsOurs = false,
            Machine = machine,
            MemoryMebibytes = 32,
        });
        InstanceExit exit = await instance.WaitAsync().WaitAsync(Patience);
        string[] lines = [.. instance.Console.Tail().Select(line => line.Text)];
        Assert.True(exit is { Cause: ExitCause.Guest, Code: 42 }, $"{exit.Meaning}: {string.Join(" | ", lines)}");
        Assert.Equal("booted", lines[^1]);
        return path;
    }

    private static byte[] BootSector()
    {
        byte[] sector = new byte[512];
        Code.CopyTo(sector, 0);
        "booted\n\0"u8.CopyTo(sector.AsSpan(Code.Length));
        sector[510] = 0x55;
        sector[511] = 0xaa;
        return sector;
    }

    /// <summary>ISO 9660 with El Torito: descriptors from sector 16, the catalogue in sector 19, what is booted in sector 20.</summary>
    private static byte[] Cd()
    {
        byte[] cd = new byte[CdSector * 32];
        WriteDescriptor(cd, 16, type: 1);
        WriteDescriptor(cd, 17, type: 0);
        WriteDescriptor(cd, 18, type: 255);
        Encoding.ASCII.GetBytes("EL TORITO SPECIFICATION").CopyTo(cd, 17 * CdSector + 7);
        BinaryPrimitives.WriteInt32LittleEndian(cd.AsSpan(17 * CdSector + 0x47), 19);
        Span<byte> catalogue = cd.AsSpan(19 * CdSector);
        catalogue[0] = 1;
        catalogue[30] = 0x55;
        catalogue[31] = 0xaa;
        BinaryPrimitives.WriteUInt16LittleEndian(catalogue[28..], unchecked((ushort)-(0x0001 + 0xaa55)));
        catalogue[32] = 0x88; // bootable, no emulation
        BinaryPrimitives.WriteUInt16LittleEndian(catalogue[38..], 4);
        BinaryPrimitives.WriteInt32LittleEndian(catalogue[40..], 20);
        BootSector().CopyTo(cd, 20 * CdSector);
        return cd;
    }

    private static void WriteDescriptor(byte[] cd, int sector, byte type)
    {
        cd[sector * CdSector] = type;
        Encoding.ASCII.GetBytes("CD001\u0001").CopyTo(cd, sector * CdSector + 1);
    }
}
