// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Text;
using Xunit;

namespace Uaas.Tenders.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData(TenderError.KernelMissing, "")]
    [InlineData(TenderError.KernelMissing, "--mem=32")]
    [InlineData(TenderError.KernelMissing, "--")]
    [InlineData(TenderError.UnknownOption, "--verbose k")]
    [InlineData(TenderError.UnknownOption, "-m k")]
    [InlineData(TenderError.UnknownOption, "--mem k")]
    [InlineData(TenderError.UnknownOption, "--disk:a=b k")]
    [InlineData(TenderError.UnknownOption, "--net k")]
    [InlineData(TenderError.MemoryInvalid, "--mem= k")]
    [InlineData(TenderError.MemoryInvalid, "--mem=1 k")]
    [InlineData(TenderError.MemoryInvalid, "--mem=4097 k")]
    [InlineData(TenderError.MemoryInvalid, "--mem=-2 k")]
    [InlineData(TenderError.MemoryInvalid, "--mem=32M k")]
    [InlineData(TenderError.MemoryInvalid, "--mem=99999999999 k")]
    [InlineData(TenderError.DeviceOptionMalformed, "--net:service k")]
    [InlineData(TenderError.DeviceOptionMalformed, "--net:service= k")]
    [InlineData(TenderError.DeviceOptionMalformed, "--block:disk= k")]
    [InlineData(TenderError.DeviceNameInvalid, "--net:=tap0 k")]
    [InlineData(TenderError.DeviceNameInvalid, "--net:a-b=tap0 k")]
    [InlineData(TenderError.DeviceNameInvalid, "--net:a.b=tap0 k")]
    [InlineData(TenderError.OptionRepeated, "--net:a=t0 --net:a=t1 k")]
    [InlineData(TenderError.OptionRepeated, "--net:a=@5 --net:a=t1 k")]
    [InlineData(TenderError.OptionRepeated, "--block:a=x --block-ro:a=x k")]
    [InlineData(TenderError.OptionRepeated, "--block:a=@5 --block-ro:a=x k")]
    [InlineData(TenderError.DescriptorInvalid, "--block:a=@five k")]
    [InlineData(TenderError.OptionRepeated, "--net-mac:a=02:00:00:00:00:01 --net-mac:a=02:00:00:00:00:01 --net:a=t k")]
    [InlineData(TenderError.OptionKindConflict, "--net:a=t0 --block:a=x k")]
    [InlineData(TenderError.OptionKindConflict, "--block:a=x --net-mtu:a=1500 k")]
    [InlineData(TenderError.OptionWithoutDevice, "--net-mac:a=02:00:00:00:00:01 k")]
    [InlineData(TenderError.OptionWithoutDevice, "--block-sector-size:a=512 k")]
    [InlineData(TenderError.DescriptorInvalid, "--net:a=@ k")]
    [InlineData(TenderError.DescriptorInvalid, "--net:a=@x k")]
    [InlineData(TenderError.DescriptorInvalid, "--net:a=@-1 k")]
    [InlineData(TenderError.DescriptorInvalid, "--net:a=@2147483648 k")]
    [InlineData(TenderError.DescriptorInvalid, "--settings= k")]
    [InlineData(TenderError.DescriptorInvalid, "--settings=7 k")]
    [InlineData(TenderError.DescriptorInvalid, "--settings=@-1 k")]
    [InlineData(TenderError.DescriptorInvalid, "--settings=/etc/passwd k")]
    [InlineData(TenderError.UnknownOption, "--settings k")]
    [InlineData(TenderError.DescriptorInvalid, "--lanes=7 k")]
    [InlineData(TenderError.DescriptorInvalid, "--lanes=@7 --lane=@x k")]
    [InlineData(TenderError.LanesWithoutDirectory, "--lane=@7 k")]
    [InlineData(TenderError.TooManyLanes, "--lanes=@7 --lane=@1 --lane=@1 --lane=@1 --lane=@1 --lane=@1 --lane=@1 --lane=@1 --lane=@1 --lane=@1 k")]
    [InlineData(TenderError.MacInvalid, "--net-mac:a=02:00:00:00:00 k")]
    [InlineData(TenderError.MacInvalid, "--net-mac:a=02-00-00-00-00-01 k")]
    [InlineData(TenderError.MacInvalid, "--net-mac:a=01:00:00:00:00:01 k")]
    [InlineData(TenderError.MacInvalid, "--net-mac:a=00:00:00:00:00:00 k")]
    [InlineData(TenderError.MacInvalid, "--net-mac:a=0g:00:00:00:00:01 k")]
    [InlineData(TenderError.MtuInvalid, "--net-mtu:a=67 k")]
    [InlineData(TenderError.MtuInvalid, "--net-mtu:a=65536 k")]
    [InlineData(TenderError.SectorSizeInvalid, "--block-sector-size:a=256 k")]
    [InlineData(TenderError.SectorSizeInvalid, "--block-sector-size:a=513 k")]
    [InlineData(TenderError.SectorSizeInvalid, "--block-sector-size:a=65536 k")]
    [InlineData(TenderError.UserInvalid, "--user=0 k")]
    [InlineData(TenderError.UserInvalid, "--user=root k")]
    [InlineData(TenderError.UserInvalid, "--user=4294967295 k")]
    [InlineData(TenderError.DescriptorInvalid, "--root=@x k")]
    [InlineData(TenderError.UnknownOption, "--root=/tmp k")]
    [InlineData(TenderError.DescriptorInvalid, "--group=@ k")]
    [InlineData(TenderError.TooManyGroups, "--group=@3 --group=@4 --group=@5 --group=@6 --group=@7 k")]
    public void Refuses(TenderError expected, string words)
    {
        using ArgumentBlock block = new(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(CommandLine.TryParse(block.Arguments, new DeviceOptions[CommandLine.MaxDevices], out _, out Failure failure));
        Assert.Equal(expected, failure.Error);
    }

    [Fact]
    public void Settings_come_by_descriptor_or_not_at_all()
    {
        using ArgumentBlock block = new("--settings=@9", "k"), none = new("k");
        Assert.True(CommandLine.TryParse(block.Arguments, new DeviceOptions[CommandLine.MaxDevices], out CommandLine line, out _));
        Assert.Equal(9, line.Settings);
        Assert.True(CommandLine.TryParse(none.Arguments, new DeviceOptions[CommandLine.MaxDevices], out line, out _));
        Assert.Equal(-1, line.Settings);
    }

    [Fact]
    public void Lanes_come_by_descriptor_in_their_order()
    {
        using ArgumentBlock block = new("--lane=@11", "--lanes=@9", "--lane=@10", "k");
        CommandLine line = ParseWell(block);
        Assert.Equal((9, 2, 11, 10), (line.LaneDirectory, line.LaneCount, line.Lane(0), line.Lane(1)));
        using ArgumentBlock plain = new("k");
        line = ParseWell(plain);
        Assert.Equal((-1, 0), (line.LaneDirectory, line.LaneCount));
    }

    [Fact]
    public void A_tender_is_told_how_to_close_itself_in()
    {
        using ArgumentBlock block = new("--group=@7", "--group=@9", "--root=@11", "--user=1900000000", "k");
        ConfinementOptions options = ParseWell(block).Confinement;
        Assert.Equal((2, 7, 9), (options.GroupCount, options.Group(0), options.Group(1)));
        Assert.Equal((11, 1_900_000_000u), (options.Root, options.User));
        using ArgumentBlock plain = new("k");
        ConfinementOptions none = ParseWell(plain).Confinement;
        Assert.Equal((0, -1, 0u), (none.GroupCount, none.Root, none.User));
    }

    [Theory]
    [InlineData(TenderError.ProgramMissing, "")]
    [InlineData(TenderError.ProgramMissing, "--user=5 --")]
    [InlineData(TenderError.UserInvalid, "--user=-1 p")]
    [InlineData(TenderError.UserInvalid, "--join=0 p")]
    [InlineData(TenderError.UnknownOption, "--mem=32 p")]
    public void The_jail_refuses(TenderError expected, string words)
    {
        using ArgumentBlock block = new(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(JailLine.TryParse(block.Arguments, out _, out Failure failure));
        Assert.Equal(expected, failure.Error);
    }

    [Fact]
    public void The_jail_leaves_its_programs_arguments_alone()
    {
        using ArgumentBlock block = new("--namespaces", "--user=5", "--join=108", "--", "/bin/p", "--user=6");
        Assert.True(JailLine.TryParse(block.Arguments, out JailLine line, out _));
        Assert.Equal((true, 5u, 108u, 5), (line.HasNamespaces, line.Confinement.User, line.JoinedGroup, line.ProgramArgument));
    }

    [Fact]
    public void Device_names_have_67_characters_at_most()
    {
        Assert.Equal(TenderError.None, Parse($"--net:{new string('a', 67)}=t", "k"));
        Assert.Equal(TenderError.DeviceNameInvalid, Parse($"--net:{new string('a', 68)}=t", "k"));
    }

    [Fact]
    public void A_guest_has_63_devices_at_most()
    {
        string[] options = [.. Enumerable.Range(0, 64).Select(i => $"--net:n{i}=t{i}")];
        Assert.Equal(TenderError.None, Parse([.. options[..63], "k"]));
        Assert.Equal(TenderError.TooManyDeviceOptions, Parse([.. options, "k"]));
    }

    [Fact]
    public void Options_of_one_device_come_in_any_order()
    {
        using ArgumentBlock block = new("--net-mac:service=02:0A:00:00:00:fF", "--net:service=@17", "--net-mtu:service=9000", "k");
        CommandLine line = ParseWell(block);
        DeviceOptions device = Assert.Single(line.Devices.ToArray());
        Assert.Equal(DeviceKind.Net, device.Kind);
        Assert.True(device.HasDescriptor);
        Assert.Equal(17, device.Descriptor);
        Assert.Equal(0x020A000000FFul, device.Mac);
        Assert.Equal(9000u, device.Mtu);
        Assert.Equal("service", Text(line.Arguments[device.Name]));
    }

    [Fact]
    public void Paths_keep_their_spaces()
    {
        using ArgumentBlock block = new("--block-ro:content=/srv/my content.img", "--block-sector-size:content=16384", "k");
        CommandLine line = ParseWell(block);
        DeviceOptions device = Assert.Single(line.Devices.ToArray());
        Assert.Equal("/srv/my content.img", Text(line.Arguments[device.Source]));
        Assert.True(device.ReadOnly);
        Assert.Equal(16384u, device.SectorSize);
    }

    [Theory]
    [InlineData("--block:data=@41", false)]
    [InlineData("--block-ro:data=@41", true)]
    public void A_block_device_may_be_an_open_file(string option, bool isReadOnly)
    {
        using ArgumentBlock block = new(option, "k");
        DeviceOptions device = Assert.Single(ParseWell(block).Devices.ToArray());
        Assert.Equal((true, 41, isReadOnly), (device.HasDescriptor, device.Descriptor, device.ReadOnly));
    }

    [Fact]
    public void Memory_is_512_MiB_unless_given()
    {
        using ArgumentBlock plain = new("k");
        Assert.Equal(512u, ParseWell(plain).MemoryMiB);
        using ArgumentBlock given = new("--mem=4096", "k");
        Assert.Equal(4096u, ParseWell(given).MemoryMiB);
    }

    [Fact]
    public void What_follows_the_kernel_is_the_guests()
    {
        using ArgumentBlock block = new("--mem=32", "--", "--kernel", "--mem=64", "", "a b");
        CommandLine line = ParseWell(block);
        Assert.Equal("--kernel", Text(line.KernelPath));
        Assert.Equal(32u, line.MemoryMiB);
        Assert.Equal("--mem=64  a b\0", GuestArguments(line));
    }

    [Fact]
    public void A_guest_without_arguments_gets_an_empty_line()
    {
        using ArgumentBlock block = new("k");
        Assert.Equal("\0", GuestArguments(ParseWell(block)));
    }

    [Fact]
    public void Guest_arguments_have_8191_bytes_at_most()
    {
        using ArgumentBlock fits = new("k", new string('x', 4000), new string('y', 4190));
        Assert.Equal(8192, GuestArguments(ParseWell(fits)).Length);
        using ArgumentBlock tooLong = new("k", new string('x', 4000), new string('y', 4191));
        Assert.False(ParseWell(tooLong).TryWriteGuestArguments(new byte[Solo5.CommandLineSize], out Failure failure));
        Assert.Equal(TenderError.GuestCommandLineTooLong, failure.Error);
    }

    [Theory]
    [InlineData(CommandAction.Help, "--help")]
    [InlineData(CommandAction.Version, "--version")]
    public void Help_and_version_need_no_kernel(CommandAction expected, string word)
    {
        using ArgumentBlock block = new(word);
        Assert.Equal(expected, ParseWell(block).Action);
    }

    private static CommandLine ParseWell(ArgumentBlock block)
    {
        Assert.True(CommandLine.TryParse(block.Arguments, new DeviceOptions[CommandLine.MaxDevices], out CommandLine line, out Failure failure), failure.Error.ToString());
        return line;
    }

    private static TenderError Parse(params string[] words)
    {
        using ArgumentBlock block = new(words);
        CommandLine.TryParse(block.Arguments, new DeviceOptions[CommandLine.MaxDevices], out _, out Failure failure);
        return failure.Error;
    }

    private static string GuestArguments(in CommandLine line)
    {
        byte[] bytes = new byte[Solo5.CommandLineSize];
        Array.Fill(bytes, (byte)0xFF);
        Assert.True(line.TryWriteGuestArguments(bytes, out _));
        return Text(bytes.AsSpan(0, Array.IndexOf(bytes, (byte)0) + 1));
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
