// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Text;
using Xunit;

namespace Uaas.Tenders.Tests;

public class KernelImageTests
{
    public static TheoryData<string> BadNames => [.. BadKernels.All.Keys];

    [Theory]
    [MemberData(nameof(BadNames))]
    public void Refuses(string name)
    {
        (TenderError expected, byte[] file) = BadKernels.All[name];
        Assert.Equal(expected, Read(file));
    }

    [Fact]
    public void Reads_what_a_good_kernel_says()
    {
        MemoryFile file = new(ElfBuilder.Good(SoloTarget.Spt, ("service", DeviceKind.Net), ("content", DeviceKind.Block)).Build());
        KernelImage image = ReadWell(ref file);
        Assert.Equal(0x100000ul, image.Entry);
        Assert.Equal(0x103000ul, image.LoadedEnd);
        Assert.Equal(3, image.Manifest.Count);
        Assert.Equal(1, image.Manifest.Find("service"u8));
        Assert.Equal(2, image.Manifest.Find("content"u8));
        Assert.Equal(0, image.Manifest.Find("other"u8));
        Assert.Equal(DeviceKind.Net, image.Manifest.Kind(1));
        Assert.Equal(DeviceKind.Block, image.Manifest.Kind(2));
        Assert.Equal(GuestFeatures.None, image.Extensions.Wanted);
    }

    [Fact]
    public void Segments_without_bytes_in_the_file_are_not_loaded_and_do_not_count()
    {
        MemoryFile file = new(ElfBuilder.Good().Segment(1, 6, 0x200000, [], 0x1000, 0x1000).Build());
        Assert.Equal(0x103000ul, ReadWell(ref file).LoadedEnd);
    }

    [Fact]
    public void Other_notes_are_skipped()
    {
        byte[] openBsd = ElfBuilder.NoteBytes("OpenBSD", 1, new byte[4]);
        MemoryFile file = new(ElfBuilder.Good().Note(openBsd).Note(ElfBuilder.NoteBytes("uaas", 99, new byte[8])).Note(new byte[12]).Build());
        ReadWell(ref file);
    }

    [Fact]
    public void The_extension_note_names_features_and_the_place_of_the_answer()
    {
        MemoryFile file = new(ElfBuilder.Good().Note(ElfBuilder.Extensions(GuestFeatures.Offload | GuestFeatures.Stop, 0x102000)).Build());
        KernelImage image = ReadWell(ref file);
        Assert.Equal(GuestFeatures.Offload | GuestFeatures.Stop, image.Extensions.Wanted);
        Assert.Equal(0x102000ul, image.Extensions.AnswerAddress);
    }

    [Fact]
    public void The_largest_manifest_has_63_devices()
    {
        (string, DeviceKind)[] devices = [.. Enumerable.Range(1, 63).Select(i => ($"d{i}", DeviceKind.Block))];
        MemoryFile file = new(ElfBuilder.Good(SoloTarget.Spt, devices).Build());
        Assert.Equal(64, ReadWell(ref file).Manifest.Count);
    }

    [Fact]
    public void Attaching_fills_the_entry()
    {
        byte[] bytes = ElfBuilder.ManifestBytes(("net", DeviceKind.Net), ("disk", DeviceKind.Block));
        Assert.True(Manifest.TryCheck(bytes, out Manifest manifest, out _));
        Assert.False(manifest.IsAttached(1));
        manifest.AttachNet(1, 7, 0x020000000001, 1400);
        manifest.AttachBlock(2, 9, 1 << 20, 16384);
        Assert.Equal("020000000001", Convert.ToHexStringLower(bytes.AsSpan(8 + 104 + 72, 6)));
        Assert.Equal(1400, BitConverter.ToUInt16(bytes, 8 + 104 + 78));
        Assert.Equal(7, BitConverter.ToInt32(bytes, 8 + 104 + 88));
        Assert.Equal(1, bytes[8 + 104 + 96]);
        Assert.Equal(1u << 20, BitConverter.ToUInt64(bytes, 8 + 208 + 72));
        Assert.Equal(16384, BitConverter.ToUInt16(bytes, 8 + 208 + 80));
        Assert.Equal(9, BitConverter.ToInt32(bytes, 8 + 208 + 88));
    }

    [Fact]
    public void No_damage_of_one_byte_crashes_the_checker()
    {
        byte[] good = ElfBuilder.Good(SoloTarget.Spt, ("service", DeviceKind.Net)).Note(ElfBuilder.Extensions(GuestFeatures.Stop, 0x102000)).Build();
        byte[] interesting = [0, 1, 0x7F, 0x80, 0xFF];
        int headerEnd = ElfBuilder.SegmentsOffset + 5 * 56;
        for (int i = 0; i < good.Length; i++)
        {
            if (i >= headerEnd && i < 0x2000) continue; // padding and code, which nothing reads
            foreach (byte value in interesting)
            {
                byte[] damaged = [.. good];
                damaged[i] = value;
                Read(damaged);
            }
        }
    }

    [Fact]
    public void Every_error_has_a_text_of_its_own()
    {
        TenderError[] errors = [.. Enum.GetValues<TenderError>().Where(e => e != TenderError.None)];
        string[] texts = [.. errors.Select(e => Encoding.UTF8.GetString(TenderErrorText.Of(e)))];
        Assert.DoesNotContain("no error", texts);
        Assert.Equal(texts.Length, texts.Distinct().Count());
    }

    [Fact]
    public void A_failure_quotes_its_subject_number_and_reason()
    {
        TextWriter writer = new(new byte[256]);
        new Failure(TenderError.SegmentTooLow, "kernel.spt"u8, 0xFF000).Describe(ref writer);
        Assert.Equal(
            "kernel.spt: a segment at 0xff000 lies below 0x100000; link the guest at 0x100000 or above\n",
            Encoding.UTF8.GetString(writer.Written));
        writer = new TextWriter(new byte[256]);
        new Failure(TenderError.KernelOpenFailed, "a"u8, 0, 2).Describe(ref writer);
        Assert.Equal("a: cannot open the kernel: no such file or directory (errno 2)\n", Encoding.UTF8.GetString(writer.Written));
    }

    private static TenderError Read(byte[] bytes)
    {
        MemoryFile file = new(bytes);
        KernelImage.TryRead(
            ref file, SoloTarget.Spt, BadKernels.MemorySize, new byte[KernelImage.HeaderStorageSize], new byte[Manifest.MaxSize], out _, out Failure failure);
        return failure.Error;
    }

    private static KernelImage ReadWell(ref MemoryFile file)
    {
        bool read = KernelImage.TryRead(
            ref file,
            SoloTarget.Spt,
            BadKernels.MemorySize,
            new byte[KernelImage.HeaderStorageSize],
            new byte[Manifest.MaxSize],
            out KernelImage image,
            out Failure failure);
        Assert.True(read, failure.Error.ToString());
        return image;
    }
}
