// SPDX-License-Identifier: Apache-2.0

using System;
using Xunit;

namespace Uaas.Pvh.Tests;

public sealed class BootTests
{
    [QemuFact]
    public void Hello_prints_its_line_and_ends_well()
    {
        GuestEnd end = Qemu.Run("hello", "");
        Assert.Equal("hello from a unikernel in C#\n", end.Console);
        Assert.Equal(0, end.Status);
    }

    [QemuTheory]
    [InlineData("2")] // the least that the image fits in
    [InlineData("3")]
    [InlineData("1024")]
    public void A_guest_runs_in_little_and_in_much_memory(string mebibytes) => Assert.Equal(0, Qemu.Run("hello", "", "-m", mebibytes).Status);

    [QemuFact]
    public void The_language_holds_what_it_promises() => Assert.EndsWith("SUCCESS\n", Qemu.Run("language", "").Console);

    [QemuFact]
    public void Clocks_advance_and_waits_end_in_time()
    {
        long now = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
        GuestEnd end = Qemu.Run("clock", $"time={now}");
        Assert.EndsWith("the clock never goes back\n", end.Console);
        Assert.Equal(0, end.Status);
    }

    [QemuTheory]
    [InlineData("exit 000", 0)]
    [InlineData("exit 001", 1)]
    [InlineData("exit 125", 125)]
    [InlineData("exit 126", 255)]
    [InlineData("exit 255", 255)]
    public void The_host_learns_how_a_guest_ended(string words, int status) => Assert.Equal(status, Qemu.Run("faults", words).Status);

    [QemuFact]
    public void The_platforms_own_words_are_not_the_guests()
    {
        GuestEnd end = Qemu.Run("faults", "args a=1  time=5 b=2", "-device", "virtio-rng-device");
        Assert.Equal("[args a=1 b=2]\n", end.Console);
    }

    [QemuFact]
    public void An_idle_guest_stops_when_the_host_asks()
    {
        using var qemu = new Qemu("faults", "idle");
        Assert.Equal("idle", qemu.ReadLine());
        qemu.Send("noise");
        qemu.Send("\x04");
        GuestEnd end = qemu.WaitForEnd();
        Assert.Equal("stopped\n", end.Console);
        Assert.Equal(7, end.Status);
    }
}
