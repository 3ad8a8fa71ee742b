// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Instances;
using Uaas.Linux;
using Xunit;

namespace Uaas.Host.Tests.Instances;

public sealed class ProbeTests
{
    [Theory]
    [InlineData(2_000e6, true, KvmVerdict.Usable)]
    [InlineData(60e6, true, KvmVerdict.Usable)]
    [InlineData(2.5e6, true, KvmVerdict.Crawls)]
    [InlineData(2.5e6, false, KvmVerdict.Dies)]
    [InlineData(2_000e6, false, KvmVerdict.Dies)]
    public void Judges_KVM_by_what_it_measured(double speed, bool streaming, KvmVerdict verdict)
    {
        var probe = KvmProbe.Judge(speed, streaming);
        Assert.Equal(verdict, probe.Verdict);
        Assert.Contains("million instructions a second", probe.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Comes_to_a_verdict_on_this_machine()
    {
        var probe = KvmProbe.Run();
        Assert.NotEmpty(probe.Detail);
        Assert.Equal(probe.Verdict == KvmVerdict.Absent, !KvmDevice.Fingerprint().Possible);
    }

    [Theory]
    [InlineData(3, ExitCause.Guest, 0)]
    [InlineData(253, ExitCause.Guest, 125)]
    [InlineData(255, ExitCause.Abort, 255)]
    [InlineData(0, ExitCause.Abort, 0)]
    [InlineData(1, ExitCause.Monitor, 1)]
    public void Reads_the_guests_code_out_of_Qemus(int code, ExitCause cause, int guestCode)
    {
        InstanceExit exit = QemuDriver.Explain(new ProcessExit(code, 0, TimeSpan.Zero, 0));
        Assert.Equal((cause, guestCode), (exit.Cause, exit.Code));
    }

    [Theory]
    [InlineData("1 (name) S 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 777 19", "777")]
    [InlineData("1 (a) b (c) S 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 777 19", "777")]
    [InlineData("1 (name) S 0", null)]
    [InlineData("", null)]
    public void Reads_a_process_status_whatever_the_process_is_called(string line, string? start) =>
        Assert.Equal(start, ProcessTable.ParseStatus(line)?[19]);

    [Theory]
    [InlineData(15u, true)]
    [InlineData(1u, true)]
    [InlineData(14u, false)]
    public void Sees_whether_an_image_wants_offload(uint wanted, bool expected) => Assert.Equal(expected, WithFile(Image(wanted, "uaas"), GuestNotes.WantsOffload));

    [Fact]
    public void Takes_nobody_elses_note_for_ours() => Assert.False(WithFile(Image(15, "xxxx"), GuestNotes.WantsOffload));

    [Fact]
    public void Takes_files_that_are_no_images()
    {
        var random = new Random(7);
        byte[] image = Image(15, "uaas");
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = image[..random.Next(image.Length + 1)];
            for (int change = 0; change < 4 && damaged.Length > 4; change++)
                damaged[random.Next(4, damaged.Length)] = (byte)random.Next(256);
            WithFile(damaged, GuestNotes.WantsOffload);
        }
    }

    [Fact]
    public void Names_an_image_that_is_not_there() =>
        Assert.Contains("/no/such/image", Assert.Throws<UaasException>(() => GuestNotes.WantsOffload("/no/such/image")).Message, StringComparison.Ordinal);

    /// <summary>An ELF file of two program headers, the second a note.</summary>
    private static byte[] Image(uint wanted, string owner)
    {
        const int note = 64 + 2 * 56;
        byte[] image = new byte[note + 12 + 8 + 16];
        "\u007fELF"u8.CopyTo(image);
        BitConverter.TryWriteBytes(image.AsSpan(32), 64UL);
        BitConverter.TryWriteBytes(image.AsSpan(56), (ushort)2);
        BitConverter.TryWriteBytes(image.AsSpan(64), 1);
        BitConverter.TryWriteBytes(image.AsSpan(64 + 56), 4);
        BitConverter.TryWriteBytes(image.AsSpan(64 + 56 + 8), (ulong)note);
        BitConverter.TryWriteBytes(image.AsSpan(note), 5);
        BitConverter.TryWriteBytes(image.AsSpan(note + 4), 16);
        BitConverter.TryWriteBytes(image.AsSpan(note + 8), 0x31545845);
        System.Text.Encoding.ASCII.GetBytes(owner, image.AsSpan(note + 12));
        BitConverter.TryWriteBytes(image.AsSpan(note + 20), wanted);
        return image;
    }

    private static T WithFile<T>(byte[] content, Func<string, T> use)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, content);
            return use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
