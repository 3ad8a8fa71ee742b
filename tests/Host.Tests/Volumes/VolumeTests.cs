// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using Uaas.Cli.Guests;
using Uaas.Linux;
using Uaas.Volumes;
using Xunit;

namespace Uaas.Host.Tests.Volumes;

public sealed class VolumeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-volumes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_volume_is_made_for_its_user_alone_and_takes_no_room_until_it_is_written_to()
    {
        var store = new VolumeStore(_folder);
        string path = store.PathOf("default", "video", "recordings");
        VolumeFile.Open(path, (64 << 20) + 1).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        VolumeStatus volume = Assert.Single(store.List());
        Assert.Equal(("default", "video", "recordings", (64 << 20) + 4096L, false), (volume.Namespace, volume.Service, volume.Name, volume.SizeBytes, volume.InUse));
        Assert.True(volume.UsedBytes < 1 << 20, $"{volume.UsedBytes} bytes taken");
        File.WriteAllBytes(Path.Combine(_folder, "other"), new byte[1 << 20]);
        using (FileStream file = File.OpenWrite(path))
            file.Write(new byte[2 << 20]);
        Assert.True(Assert.Single(store.List()).UsedBytes >= 2 << 20);
    }

    [Fact]
    public void One_has_a_volume_at_a_time()
    {
        var store = new VolumeStore(_folder);
        string path = store.PathOf("default", "video", "recordings");
        using (VolumeFile.Open(path, 1 << 20))
        {
            Assert.True(Assert.Single(store.List()).InUse);
            Assert.Equal(Failure.InUse, Assert.Throws<UaasException>(() => VolumeFile.Open(path, 1 << 20)).Failure);
            Assert.Equal(Failure.InUse, Assert.Throws<UaasException>(() => store.Remove("default", "video", "recordings")).Failure);
        }
        VolumeFile.Open(path, 1 << 20).Dispose();
    }

    [Fact]
    public void A_volume_grows_and_keeps_what_is_in_it_and_is_never_cut()
    {
        string path = Path.Combine(_folder, "a", "v");
        VolumeFile.Open(path, 1 << 20).Dispose();
        using (FileStream file = File.OpenWrite(path))
            file.Write("kept"u8);
        VolumeFile.Open(path, 4 << 20).Dispose();
        Assert.Equal(4 << 20, new FileInfo(path).Length);
        VolumeFile.Open(path, 1 << 20).Dispose();
        Assert.Equal(4 << 20, new FileInfo(path).Length);
        Assert.StartsWith("kept", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_removed_is_gone_with_its_folders_and_a_name_leads_nowhere_else()
    {
        var store = new VolumeStore(Path.Combine(_folder, "volumes"));
        VolumeFile.Open(store.PathOf("default", "video", "a"), 1 << 20).Dispose();
        VolumeFile.Open(store.PathOf("default", "video", "b"), 1 << 20).Dispose();
        VolumeFile.Open(Path.Combine(_folder, "x.volume"), 1 << 20).Dispose();
        Assert.True(store.Remove("default", "video", "a"));
        Assert.False(store.Remove("default", "video", "a"));
        Assert.False(store.Remove("default", "..", "../x"));
        Assert.Equal("b", Assert.Single(store.List()).Name);
        Assert.True(store.Remove("default", "video", "b"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "volumes")));
        Assert.True(File.Exists(Path.Combine(_folder, "x.volume")));
    }

    [Fact]
    public void A_volume_that_is_a_link_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "elsewhere"), "not ours");
        File.CreateSymbolicLink(Path.Combine(_folder, "v"), Path.Combine(_folder, "elsewhere"));
        Assert.Equal(Failure.Content, Assert.Throws<UaasException>(() => VolumeFile.Open(Path.Combine(_folder, "v"), 1 << 20)).Failure);
        Assert.Equal("not ours", File.ReadAllText(Path.Combine(_folder, "elsewhere")));
    }

    [Theory]
    [InlineData("recordings=DIR/v", "DIR/v", 1L << 30)]
    [InlineData("recordings=DIR/v:64MiB", "DIR/v", 64L << 20)]
    [InlineData("recordings=DIR/at:noon", "DIR/at:noon", 1L << 30)]
    [InlineData("recordings=DIR/there", "DIR/there", 2L << 20)]
    [InlineData("recordings=DIR/there:10M", "DIR/there:10M", 2L << 20)]
    [InlineData("recordings=DIR/9:00/v", "DIR/9:00/v", 1L << 30)]
    public void The_option_names_device_file_and_size(string text, string path, long bytes)
    {
        File.WriteAllBytes(Path.Combine(_folder, "there"), new byte[2 << 20]);
        File.WriteAllBytes(Path.Combine(_folder, "there:10M"), new byte[2 << 20]);
        GuestBlock block = VolumeOption.Parse(text.Replace("DIR", _folder, StringComparison.Ordinal));
        Assert.Equal(new GuestBlock("recordings", path.Replace("DIR", _folder, StringComparison.Ordinal), bytes), block);
    }

    [Theory]
    [InlineData("recordings", "NAME=FILE")]
    [InlineData("=x", "NAME=FILE")]
    [InlineData("a=", "NAME=FILE")]
    [InlineData("a=DIR/v:1KiB", "at least 1MiB")]
    [InlineData("a=DIR/v:10M", "'10M' is no size")]
    [InlineData("a=DIR", "is a directory")]
    [InlineData("a=DIR/there:1MiB", "is not cut")]
    public void What_makes_no_sense_is_said(string text, string words)
    {
        File.WriteAllBytes(Path.Combine(_folder, "there"), new byte[2 << 20]);
        UaasException refusal = Assert.Throws<UaasException>(() => VolumeOption.Parse(text.Replace("DIR", _folder, StringComparison.Ordinal)));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }
}
