// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Linq;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Uaas.Linux;
using Xunit;

namespace Uaas.Host.Tests.Guests;

/// <summary>What a file is, by its content alone.</summary>
public sealed class KernelFileTests
{
    private const uint Magic = 0x1bad_b002;

    [Theory]
    [InlineData(2u, KernelFormat.Spt)]
    [InlineData(1u, KernelFormat.Hvt)]
    public void A_Solo5_guest_says_which_devices_it_must_be_given(uint target, KernelFormat expected)
    {
        KernelFile kernel = Recognise(new ElfSketch().Load(0x100000, new byte[64]).Solo5(target, "service", "*storage", "second"))!;
        Assert.Equal(expected, kernel.Format);
        Assert.Equal(["service", "second"], kernel.Networks);
        Assert.Equal(["storage"], kernel.Blocks);
        Assert.Equal((ArgumentStyle.None, false), (kernel.Style, kernel.IsOurs));
    }

    [Theory]
    [InlineData("… --ipv4-gateway=VAL …", ArgumentStyle.Mirage)]
    [InlineData("Powered by Unikraft Telesto", ArgumentStyle.Unikraft)]
    [InlineData("Linux version 6.1.0", ArgumentStyle.Linux)]
    [InlineData("nothing in particular", ArgumentStyle.None)]
    public void A_guest_is_told_its_address_in_the_language_that_it_knows(string text, ArgumentStyle expected) =>
        Assert.Equal(expected, Recognise(new ElfSketch().Load(0x100000, System.Text.Encoding.UTF8.GetBytes(text)).Note("Xen", 18, new byte[4]))!.Style);

    [Fact]
    public void A_guest_of_ours_is_known_by_its_note()
    {
        KernelFile kernel = Recognise(new ElfSketch().Load(0x100000, new byte[64]).Note("Xen", 18, new byte[4]).Note("uaas", 0x31545347, []))!;
        Assert.Equal((KernelFormat.Pvh, ArgumentStyle.Uaas, true), (kernel.Format, kernel.Style, kernel.IsOurs));
    }

    [Fact]
    public void A_64_bit_Multiboot_kernel_is_told_from_one_that_QEMU_loads_by_itself()
    {
        Assert.Equal(KernelFormat.Multiboot64, Recognise(new ElfSketch().Load(0x200000, Header(flags: 3)))!.Format);
        Assert.Equal(KernelFormat.Multiboot, Recognise(new ElfSketch().Load(0x200000, Header(flags: 3 | 1 << 16)))!.Format);
        Assert.Null(Recognise(new ElfSketch().Load(0x200000, new byte[64])));
        byte[] wrongChecksum = Header(flags: 3);
        wrongChecksum[8] ^= 1;
        Assert.Null(Recognise(new ElfSketch().Load(0x200000, wrongChecksum)));
    }

    [Fact]
    public void Linux_disks_and_CDs_are_known_by_their_beginning()
    {
        byte[] sector = new byte[64 * 1024];
        Assert.Null(KernelFile.Recognise(sector));
        sector[510] = 0x55;
        sector[511] = 0xaa;
        Assert.Equal(KernelFormat.Disk, KernelFile.Recognise(sector)!.Format);
        "HdrS"u8.CopyTo(sector.AsSpan(0x202));
        Assert.Equal(KernelFormat.Linux, KernelFile.Recognise(sector)!.Format);
        sector[0x202] = 0;
        "CD001"u8.CopyTo(sector.AsSpan(0x8001));
        Assert.Equal(KernelFormat.Iso, KernelFile.Recognise(sector)!.Format);
    }

    [Fact]
    public void Whatever_a_file_holds_nothing_breaks()
    {
        byte[] original = new ElfSketch().Load(0x100000, Header(flags: 3), memorySize: 9000).Note("Xen", 18, new byte[4]).Solo5(2, "service", "*storage").ToArray();
        var random = new Random(11);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = original[..(random.Next(4) == 0 ? random.Next(original.Length) : original.Length)];
            for (int changes = random.Next(1, 10); changes > 0 && bytes.Length > 0; changes--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            _ = KernelFile.Recognise(bytes);
            try
            {
                Assert.NotEmpty(MultibootImage.Flatten(bytes));
            }
            catch (UaasException e)
            {
                Assert.Equal(Failure.Image, e.Failure);
            }
        }
    }

    [Fact]
    public void A_flat_kernel_has_every_segment_in_its_place_and_a_header_that_loads_it_above()
    {
        byte[] flat = MultibootImage.Flatten(new ElfSketch { Entry = 0x200010 }.Load(0x200000, Header(flags: 3)).Load(0x203000, [1, 2, 3], memorySize: 0x5000).ToArray());
        Assert.Equal(KernelFormat.Multiboot, KernelFile.Recognise(flat)!.Format);
        Assert.Equal(0x208000u, Word(flat, 16));
        Assert.Equal(0x208000u + (uint)flat.Length, Word(flat, 20));
        Assert.Equal(0x208020u, Word(flat, 28));
        Assert.Equal(Magic, Word(flat, 4096));
        Assert.Equal([1, 2, 3], flat.Skip(4096 + 0x3000).Take(3));
    }

    [Theory]
    [InlineData(0x1000ul, 0x1000ul)]
    [InlineData(0x100000ul, 0x8000_0000ul)]
    [InlineData(0xffff_ffff_ffff_f000ul, 0xffff_ffff_ffff_f000ul)]
    public void A_kernel_that_has_no_place_is_refused(ulong address, ulong entry) =>
        Assert.Throws<UaasException>(() => MultibootImage.Flatten(new ElfSketch { Entry = entry }.Load(address, Header(flags: 3)).ToArray()));

    [Theory]
    [InlineData("[   1.2] Kernel panic - not syncing: VFS: Unable to mount root fs", true)]
    [InlineData("**** PANIC ****", true)]
    [InlineData("Solo5: ABORT: main.c:12: no memory", true)]
    [InlineData("no panic, all is well", false)]
    public void A_panic_is_told_from_other_lines(string line, bool expected) => Assert.Equal(expected, PanicSigns.IsPanic(line));

    private static KernelFile? Recognise(ElfSketch sketch) => KernelFile.Recognise(sketch.ToArray());

    private static uint Word(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    private static byte[] Header(uint flags)
    {
        byte[] bytes = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), unchecked(0u - Magic - flags));
        return bytes;
    }
}
