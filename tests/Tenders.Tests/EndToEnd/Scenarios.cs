// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>What tenders and guests do that needs no network.</summary>
internal static class Scenarios
{
    private const int Refused = 125;
    private const int Aborted = 255;
    private const int KilledBySystemCall = 159;
    private const int KilledByFault = 139;

    /// <summary>Bytes of a disk with a pattern; not a multiple of a large request.</summary>
    private static readonly byte[] s_disk = [.. Enumerable.Range(0, 512 * 1021).Select(i => (byte)(i * 7 + (i >> 9)))];

    internal static IEnumerable<Scenario> Spt => Guests("spt").Concat(Devices("spt")).Concat(Kernels()).Concat(SptFaults()).Concat(SptCode());

    internal static IEnumerable<Scenario> Hvt => Guests("hvt").Concat(Devices("hvt")).Concat(HvtFaults()).Concat(HvtCode());

    private static IEnumerable<Scenario> Guests(string platform)
    {
        yield return new("hello", platform, 0, "hello from a unikernel in C#\n", "--mem=2", Image("hello", platform));
        yield return new("hello with 4 GiB", platform, 0, "hello", "--mem=4096", Image("hello", platform));
        yield return new("hello with default memory", platform, 0, "hello", "--", Image("hello", platform));
        yield return new("clock", platform, 0, "the clock never goes back\n", "--mem=4", Image("clock", platform));
        yield return new("arguments", platform, 0, "[args --mem=3  x=y]\n", "--mem=4", Image("faults", platform), "args", "--mem=3", "", "x=y");
        yield return new("status 42", platform, 42, "", "--mem=4", Image("faults", platform), "exit", "042");
        yield return new("status 300 is cut to a byte", platform, 44, "", "--mem=4", Image("faults", platform), "exit", "300");
        yield return new("panic", platform, Aborted, "panic: index out of range\n  at 0x", "--mem=4", Image("faults", platform), "panic");
        yield return new("out of memory", platform, Aborted, "panic: out of memory: give the unikernel more", "--mem=4", Image("faults", platform), "out-of-memory");
        yield return Panic("wrong-class", "invalid cast");
        yield return Panic("wrong-element", "invalid cast");
        yield return Panic("wrong-span", "invalid cast");
        yield return Panic("forged-reference", "invalid argument");
        yield return new("kernel missing", platform, Refused, "cannot open the kernel: no such file or directory", "{dir}/missing");
        yield return new("kernel is a folder", platform, Refused, "the kernel is not a regular file", "{dir}");
        yield return new("no kernel", platform, Refused, "no kernel given");
        yield return new("option unknown", platform, Refused, "--quiet: unknown option", "--quiet", Image("hello", platform));
        yield return new("kernel of the other tender", platform, Refused, "built for Solo5 target", Image("hello", platform == "spt" ? "hvt" : "spt"));
        yield return new("help", platform, 0, "usage: uaas-" + platform, "--help");
        yield return new("version", platform, 0, "uaas-" + platform, "--version");
        yield return new("lanes", platform, Refused, platform == "spt" ? "cannot map the memory of lanes" : "use uaas-spt", "--lanes=@0", Image("hello", platform));
        yield return new("a lane without its directory", platform, Refused, "give --lanes=@FD too", "--lane=@0", Image("hello", platform));
        yield return new("arguments too long", platform, Refused, "longer than 8191 bytes", "--mem=4", Image("faults", platform), new string('x', 8192));
        Scenario Panic(string word, string message) => new(word, platform, Aborted, $"panic: {message}\n  at 0x", "--mem=4", Image("faults", platform), word);
    }

    private static IEnumerable<Scenario> Devices(string platform)
    {
        string image = Image("disk", platform);
        const string writable = "write the first block: ok\nwrite the last block: ok\n";
        const string readOnly = "write the first block: read-only\nwrite the last block: read-only\n";
        int sum = SumOf(s_disk);
        yield return Disk("disk", sum, "ok: pieces agree\nread past the end: out of range\nread half a block: out of range\n", "--block:disk={dir}/disk");
        yield return Disk("disk is written", sum, writable, "--block:disk={dir}/disk");
        yield return Disk("disk read-only", sum, readOnly, "--block-ro:disk={dir}/disk");
        yield return Disk("disk of one block", sum, "ok: pieces agree", "--block-ro:disk={dir}/disk", "--block-sector-size:disk=512");
        yield return Disk("disk not of whole blocks", Refused, "size of 522752 bytes is not a multiple of its sector size", "--block:disk={dir}/disk", "--block-sector-size:disk=4096");
        yield return Disk("disk missing", Refused, "cannot open the block device's file: no such file", "--block:disk={dir}/none");
        yield return Disk("disk is a folder", Refused, "cannot open the block device's file: is a directory", "--block:disk={dir}");
        yield return Disk("disk read-only is a folder", Refused, "neither a regular file nor a block device", "--block-ro:disk={dir}");
        yield return Disk("disk is empty", Refused, "the file is empty", "--block:disk={dir}/empty");
        yield return Disk("disk not attached", Refused, "disk: the guest needs this device");
        yield return Disk("device not declared", Refused, "other: the guest has no device of this name", "--block:disk={dir}/disk", "--block:other={dir}/disk");
        yield return Disk("disk given as a network", Refused, "disk: the guest declares this device to be of the other kind", "--net:disk=tap0");
        Scenario Disk(string name, int status, string expected, params string[] options) =>
            new(name, platform, status, expected, ["--mem=8", .. options, image]) { Files = Files(("disk", s_disk), ("empty", [])) };

        string net = Image("netecho", platform);
        yield return new("tap missing", platform, Refused, "uaasnone: no such network interface", "--net:service=uaasnone", net);
        yield return new("tap is no tap", platform, Refused, "lo: cannot attach to the tap", "--net:service=lo", net);
        yield return new("tap with a long name", platform, Refused, "has 1 to 15 bytes", "--net:service=a23456789abcdef0", net);
        yield return new("descriptor not open", platform, Refused, "bad file descriptor (errno 9)", "--net:service=@99", net);
        yield return new("descriptor of something else", platform, Refused, "service: the descriptor is neither", "--net:service=@2", net);
    }

    /// <summary>Every broken kernel is refused by the built program too, with the message of its rule.</summary>
    private static IEnumerable<Scenario> Kernels()
    {
        foreach ((string name, (TenderError error, byte[] file)) in BadKernels.All)
        {
            string text = System.Text.Encoding.UTF8.GetString(TenderErrorText.Of(error));
            string expected = text.Split('#', '$')[0];
            yield return new("bad kernel: " + name, "spt", Refused, "kernel: " + expected, "--mem=4", "{dir}/kernel") { Files = Files(("kernel", file)) };
        }
    }

    private static IEnumerable<Scenario> SptFaults()
    {
        yield return Fault("execute-data", KilledByFault, "guest aborted: it may not execute address 0x");
        yield return Fault("write-constant", KilledByFault, "guest aborted: it may not write address 0x");
        yield return Fault("write-code", KilledByFault, "guest aborted: it may not write address 0x");
        yield return Fault("null", KilledByFault, "guest aborted: it may not read address 0x10;");
        yield return Fault("stack-overflow", KilledByFault, "guest aborted: it may not write address 0x");
        static Scenario Fault(string what, int status, string expected) => new(what, "spt", status, expected, "--mem=4", Image("faults", "spt"), what);
    }

    private static IEnumerable<Scenario> HvtFaults()
    {
        yield return Fault("write-constant", "guest aborted");
        yield return Fault("write-code", "guest aborted");
        yield return Fault("null", "panic: null reference");
        yield return Fault("stack-overflow", "guest aborted");
        static Scenario Fault(string what, string expected) => new(what, "hvt", Aborted, expected, "--mem=4", Image("faults", "hvt"), what);
    }

    /// <summary>Guests of a few instructions, for what C# does not do.</summary>
    private static IEnumerable<Scenario> SptCode()
    {
        yield return Code("state at entry", 0, "", "4881ff0010010075344881fcf8ff3f00752b48813f00004000752248817f08003010007518488d4f2848394f18750e4883c17048394f10750431ffeb05bf01000000b8e70000000f050f0b");
        yield return Code("exit_group(33)", 33, "", "b8e7000000bf210000000f050f0b");
        yield return Code("open", KilledBySystemCall, "", "b80200000031ff0f050f0b");
        yield return Code("write to standard error", KilledBySystemCall, "", "b801000000bf02000000be00001000ba010000000f050f0b");
        yield return Code("mprotect", KilledBySystemCall, "", "b80a000000bf00001000be00100000ba070000000f050f0b");
        yield return Code("illegal instruction", 132, "guest aborted: illegal instruction; rip 0x100000", "0f0b");
        yield return Code("breakpoint", 133, "guest aborted: breakpoint", "cc");
        yield return Code("division by zero", 136, "guest aborted: arithmetic error", "31c9f7f1");
        yield return Code("jump to 0", KilledByFault, "guest aborted: it may not execute address 0x0; rip 0x0", "31c0ffe0");
        static Scenario Code(string name, int status, string expected, string code) =>
            new(name, "spt", status, expected, "--mem=4", "{dir}/kernel") { Files = Files(("kernel", MachineCode("spt", code))) };
    }

    private static IEnumerable<Scenario> HvtCode()
    {
        yield return Code("state at entry", 0, "", "4881ff00000100755e4881fcf8ff3f00755548813f00004000754c48817f0800301000754248837f1000743b488d4f3848394f2075314883c17048394f18752748837f2800752048837f3000751948c704250010100000000000c704250810100000000000eb0bc704250810100001000000ba08050000b800101000ef0f0b");
        yield return Code("halt with 9", 9, "", "c704250810100009000000ba08050000b800101000ef0f0b");
        yield return Code("SSE", 5, "", "c7042508101000050000000f57c00f11042500111000f20f2ac7ba08050000b800101000ef0f0b");
        yield return Code("halt with a trap", Aborted, "guest trapped: rip 0x100042 address 0xdead", "48c704250010100000121000c7042508101000ff00000048c7042500121000adde000048c704251012100042001000ba08050000b800101000ef0f0b");
        yield return Code("port that is no call", Aborted, "it used port 0x4ff", "baff040000ef0f0b");
        yield return Code("input", Aborted, "it used port 0x501", "ba01050000ed0f0b");
        yield return Code("output of a byte", Aborted, "it used port 0x508", "ba08050000ee0f0b");
        yield return Code("address outside memory", Aborted, "address 0xffffffff outside its memory", "ba01050000b8ffffffffef0f0b");
        yield return Code("address at the end of memory", Aborted, "address 0x3ffff8 outside its memory", "ba01050000b8f8ff3f00ef0f0b");
        yield return Code("result in code", Aborted, "memory written that it may not write itself", "ba01050000b800001000ef0f0b");
        yield return Code("write to code", Aborted, "wrote to memory that is read-only", "c6042500001000000f0b");
        yield return Code("read beyond memory", Aborted, "triple fault", "8b0425000040000f0b");
        yield return Code("write to boot information", Aborted, "triple fault", "c6042500000100000f0b");
        yield return Code("read page tables", Aborted, "triple fault", "8a0425008000000f0b");
        yield return Code("device that is none", Aborted, "hypercall on handle 1", "48c704250010100001000000ba05050000b800101000ef0f0b");
        static Scenario Code(string name, int status, string expected, string code) =>
            new(name, "hvt", status, expected, "--mem=4", "{dir}/kernel") { Files = Files(("kernel", MachineCode("hvt", code))) };
    }

    private static byte[] MachineCode(string platform, string code) =>
        new ElfBuilder()
            .Load(0x100000, SegmentAccess.Read | SegmentAccess.Execute, Convert.FromHexString(code))
            .Load(0x101000, SegmentAccess.Read | SegmentAccess.Write, new byte[0x10], 0x2000)
            .Note(ElfBuilder.Abi(platform == "spt" ? SoloTarget.Spt : SoloTarget.Hvt))
            .Note(ElfBuilder.ManifestNote())
            .Build();

    private static string Image(string name, string platform) => $"{{images}}/{name}.{platform}";

    /// <summary>What the disk guest makes of a disk: its exit status.</summary>
    private static int SumOf(byte[] disk) => (int)(disk.Aggregate(0u, (sum, value) => unchecked(sum * 31 + value)) & 0x7F);

    private static Dictionary<string, byte[]> Files(params (string Name, byte[] Content)[] files) => files.ToDictionary(f => f.Name, f => f.Content);
}
