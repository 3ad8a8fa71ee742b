// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Uaas.Linux;

namespace Uaas.Instances.Kernels;

/// <summary>A file that can be booted: what it is, and what it asks of its host. It is known by what is in it, whatever it is called.</summary>
public sealed record KernelFile
{
    // Enough for every kernel; disks and CDs are known by their beginning.
    private const int MaxKernelSize = 512 << 20;
    private const int BeginningSize = 64 << 10;

    private const uint Solo5Abi = 0x31494241; // "ABI1"
    private const uint Solo5Manifest = 0x3154464d; // "MFT1"
    private const uint Solo5Hvt = 1;
    private const uint Solo5Spt = 2;
    private const uint PvhEntry = 18; // XEN_ELFNOTE_PHYS32_ENTRY
    private const int ManifestEntrySize = 104;
    private const int ManifestNameSize = 68;
    private const int MaxDevices = 63;
    private const uint BlockDevice = 1;
    private const uint NetworkDevice = 2;

    /// <summary>A guest of ours, of whichever kind the monitor runs.</summary>
    public static KernelFile Own { get; } = new() { Format = KernelFormat.Pvh, Style = ArgumentStyle.Uaas, IsOurs = true };

    /// <summary>What it is.</summary>
    public required KernelFormat Format { get; init; }

    /// <summary>How it is told its address.</summary>
    public ArgumentStyle Style { get; init; }

    /// <summary>Names of the network devices that it must be given.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    /// <summary>Names of the block devices that it must be given.</summary>
    public IReadOnlyList<string> Blocks { get; init; } = [];

    /// <summary>Whether it is a guest of ours.</summary>
    public bool IsOurs { get; init; }

    /// <summary>What it is, in words.</summary>
    public string Title => IsOurs ? "unikernel of ours" : Format switch
    {
        KernelFormat.Spt => "Solo5 guest for spt",
        KernelFormat.Hvt => "Solo5 guest for hvt",
        KernelFormat.Pvh => "PVH kernel",
        KernelFormat.Multiboot => "Multiboot kernel",
        KernelFormat.Multiboot64 => "64-bit Multiboot kernel",
        KernelFormat.Linux => "Linux kernel",
        KernelFormat.Disk => "disk image",
        _ => "CD image",
    };

    /// <summary>Finds out what a file is.</summary>
    /// <exception cref="UaasException">It cannot be read, or is nothing that can be booted here.</exception>
    public static KernelFile Recognise(string path)
    {
        try
        {
            return Recognise(Read(path)) ?? throw new UaasException(Failure.Image, $"{path} is nothing that can be booted here",
                "that is: a Solo5 guest (spt, hvt), a PVH or Multiboot ELF, a Linux bzImage, a raw disk image with a boot sector, or an ISO; others: qemu-img convert -O raw");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UaasException(Failure.Image, $"{path} cannot be read: {e.Message}", null, e);
        }
    }

    /// <summary>What a file is; null where it cannot be read, or is nothing that can be booted here.</summary>
    public static KernelFile? Find(string path)
    {
        try
        {
            return Recognise(Read(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Finds out what bytes are, a whole kernel or the beginning of a disk; null for nothing that can be booted.</summary>
    internal static KernelFile? Recognise(ReadOnlyMemory<byte> bytes)
    {
        if (ElfFile.Begins(bytes.Span))
            return ElfFile.TryRead(bytes) is { } elf ? RecogniseElf(elf, bytes.Span) : null;
        if (IsLinux(bytes.Span))
            return new KernelFile { Format = KernelFormat.Linux, Style = ArgumentStyle.Linux, Networks = ["net"] };
        if (MultibootHeader.Find(bytes.Span) is { HasAddresses: true })
            return new KernelFile { Format = KernelFormat.Multiboot, Style = StyleOf(bytes.Span), Networks = ["net"] };
        if (Has(bytes.Span, 0x8001, "CD001"u8))
            return new KernelFile { Format = KernelFormat.Iso, Networks = ["net"] };
        return Has(bytes.Span, 510, [0x55, 0xaa]) ? new KernelFile { Format = KernelFormat.Disk, Networks = ["net"] } : null;
    }

    private static ReadOnlyMemory<byte> Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] beginning = new byte[BeginningSize];
        int length = file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        if (!ElfFile.Begins(beginning) || file.Length > MaxKernelSize)
            return beginning.AsMemory(0, length);
        byte[] whole = new byte[file.Length];
        file.Position = 0;
        file.ReadExactly(whole);
        return whole;
    }

    private static KernelFile? RecogniseElf(ElfFile elf, ReadOnlySpan<byte> bytes)
    {
        ElfNote[] notes = [.. elf.Notes()];
        bool isOurs = notes.Any(note => note.Owner == "uaas");
        ArgumentStyle style = isOurs ? ArgumentStyle.Uaas : StyleOf(bytes);
        if (notes.FirstOrDefault(note => note is { Owner: "Solo5", Type: Solo5Abi, Payload.Length: >= 4 }) is { Owner: not null } abi)
        {
            uint target = BinaryPrimitives.ReadUInt32LittleEndian(abi.Payload.Span);
            if (target is Solo5Hvt or Solo5Spt)
                return RecogniseSolo5(target == Solo5Hvt ? KernelFormat.Hvt : KernelFormat.Spt, style, isOurs, notes);
        }
        KernelFormat? format = notes.Any(note => note is { Owner: "Xen", Type: PvhEntry }) ? KernelFormat.Pvh
            : MultibootHeader.Find(bytes) is not { } header ? null
            : elf.Is64 && !header.HasAddresses ? KernelFormat.Multiboot64 : KernelFormat.Multiboot;
        return format is { } known ? new KernelFile { Format = known, Style = style, IsOurs = isOurs, Networks = ["net"] } : null;
    }

    private static KernelFile? RecogniseSolo5(KernelFormat format, ArgumentStyle style, bool isOurs, ElfNote[] notes)
    {
        var networks = new List<string>();
        var blocks = new List<string>();
        ElfNote manifest = notes.FirstOrDefault(note => note is { Owner: "Solo5", Type: Solo5Manifest });
        return TryReadManifest(manifest.Payload.Span, networks, blocks)
            ? new KernelFile { Format = format, Style = style, IsOurs = isOurs, Networks = networks, Blocks = blocks } : null;
    }

    /// <summary>The payload is aligned to 8 by padding of 4; entry 0 is reserved. The tender checks all of it again.</summary>
    private static bool TryReadManifest(ReadOnlySpan<byte> payload, List<string> networks, List<string> blocks)
    {
        const int header = 12;
        if (payload.Length < header)
            return false;
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]);
        if (count is 0 or > MaxDevices + 1 || payload.Length < header + (int)count * ManifestEntrySize)
            return false;
        for (int i = 1; i < count; i++)
        {
            ReadOnlySpan<byte> entry = payload.Slice(header + i * ManifestEntrySize, ManifestEntrySize);
            ReadOnlySpan<byte> name = entry[..ManifestNameSize];
            int length = name.IndexOf((byte)0);
            if (length < 1 || name[..length].ContainsAnyExceptInRange((byte)'0', (byte)'z'))
                return false;
            string text = Encoding.ASCII.GetString(name[..length]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(entry[ManifestNameSize..]);
            if (type is not (BlockDevice or NetworkDevice) || !text.All(char.IsAsciiLetterOrDigit))
                return false;
            (type == BlockDevice ? blocks : networks).Add(text);
        }
        return true;
    }

    /// <summary>By the names of the options that they know.</summary>
    private static ArgumentStyle StyleOf(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("ipv4-gateway"u8) >= 0 ? ArgumentStyle.Mirage
        : bytes.IndexOf("Unikraft"u8) >= 0 || bytes.IndexOf("netdev.ip"u8) >= 0 ? ArgumentStyle.Unikraft
        : bytes.IndexOf("Linux version "u8) >= 0 ? ArgumentStyle.Linux
        : ArgumentStyle.None;

    /// <summary>Linux's boot protocol: a boot sector whose setup header says so.</summary>
    private static bool IsLinux(ReadOnlySpan<byte> bytes) => Has(bytes, 0x1fe, [0x55, 0xaa]) && Has(bytes, 0x202, "HdrS"u8);

    private static bool Has(ReadOnlySpan<byte> bytes, int offset, ReadOnlySpan<byte> expected) => bytes.Length > offset && bytes[offset..].StartsWith(expected);
}
