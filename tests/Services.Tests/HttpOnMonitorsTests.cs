// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Uaas.Instances;
using Xunit;

namespace Uaas.Services.Tests;

/// <summary>One instance on one monitor, booted when first asked for, shared by the tests of a class.</summary>
/// <param name="monitor">Key of the monitor.</param>
public abstract class SharedSite(string monitor) : IDisposable
{
    private readonly Lazy<BootedSite> _site = new(() => new BootedSite(monitor, HttpBehaviours.Files));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_site.IsValueCreated) _site.Value.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Sends what a behaviour sends, and checks.</summary>
    internal void Check(string name)
    {
        HttpBehaviours.Behaviour behaviour = HttpBehaviours.All[name];
        behaviour.Check(HttpReply.ReadAll(_site.Value.Exchange(Encoding.Latin1.GetBytes(behaviour.Request)), behaviour.Heads));
    }
}

/// <summary>The shared site on spt.</summary>
public sealed class SptSite() : SharedSite("spt");

/// <summary>The shared site on hvt.</summary>
public sealed class HvtSite() : SharedSite("hvt");

/// <summary>The shared site on QEMU with KVM.</summary>
public sealed class QemuKvmSite() : SharedSite("qemu-kvm");

/// <summary>The shared site on QEMU's translator.</summary>
public sealed class QemuTcgSite() : SharedSite("qemu-tcg");

/// <summary>The life of one instance.</summary>
internal static class Lifecycle
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>The management port answers, and a request to drain closes idle connections and ends the machine with success.</summary>
    internal static async Task Check(string monitor)
    {
        const int management = 9090;
        using BootedSite site = new(monitor, HttpBehaviours.Files);
        HttpReply Ask(string method, string path) =>
            HttpReply.ReadAll(site.Exchange(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n"), management)).Single();
        Assert.Equal(200, Ask("GET", "/healthz").Status);
        Assert.Contains("# TYPE ", Ask("GET", "/metrics").Text, StringComparison.Ordinal);
        using Socket idle = site.Connect();
        idle.Send("GET /digits.txt HTTP/1.1\r\nHost: a\r\n\r\n"u8);
        Assert.True(idle.Receive(new byte[4096]) > 0);
        Assert.InRange(Ask("POST", "/drain").Status, 200, 202);
        Assert.Equal(0, idle.Receive(new byte[1]));
        InstanceExit exit = await site.Instance.WaitAsync().WaitAsync(s_patience);
        Assert.True(exit is { Cause: ExitCause.Guest, Code: 0 }, exit.Meaning + "\n" + site.Console);
    }

    /// <summary>
    /// A guest that has just been asked much asks for more before it sleeps; when no more comes it sleeps, though its timers ring meanwhile. One that does not
    /// takes a whole processor, of which even a busy machine leaves it more than the least looked for here.
    /// </summary>
    internal static async Task CheckSleepsAfterTalk(string monitor)
    {
        TimeSpan talk = TimeSpan.FromSeconds(2);
        TimeSpan window = TimeSpan.FromSeconds(1.5);
        TimeSpan asleep = window / 20;
        using BootedSite site = new(monitor, HttpBehaviours.Files);
        using Socket client = site.Connect();
        byte[] answer = new byte[4096];
        var time = Stopwatch.StartNew();
        while (time.Elapsed < talk)
        {
            client.Send("GET /digits.txt HTTP/1.1\r\nHost: a\r\n\r\n"u8);
            Assert.True(client.Receive(answer) > 0);
        }

        TimeSpan used = window;
        while (used > asleep && time.Elapsed < s_patience)
        {
            TimeSpan before = ProcessorTime(site.Instance.Handle.Process);
            await Task.Delay(window);
            used = ProcessorTime(site.Instance.Handle.Process) - before;
        }

        Assert.True(used <= asleep, $"an idle guest used {used.TotalMilliseconds:0} ms of {window.TotalMilliseconds:0}");
    }

    private static TimeSpan ProcessorTime(int process) =>
        TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText($"/proc/{process}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1000);
}

/// <summary>The http service on our spt tender.</summary>
public sealed class HttpOnSptTests(SptSite site) : IClassFixture<SptSite>
{
    public static TheoryData<string> Behaviours => [.. HttpBehaviours.All.Keys];

    [MonitorTheory("spt")]
    [MemberData(nameof(Behaviours))]
    public void Serves(string behaviour) => site.Check(behaviour);

    [MonitorFact("spt")]
    public Task DrainsAndPowersOff() => Lifecycle.Check("spt");

    [MonitorFact("spt")]
    public Task SleepsAfterAHurriedTalk() => Lifecycle.CheckSleepsAfterTalk("spt");
}

/// <summary>The http service on our hvt tender.</summary>
public sealed class HttpOnHvtTests(HvtSite site) : IClassFixture<HvtSite>
{
    public static TheoryData<string> Behaviours => [.. HttpBehaviours.All.Keys];

    [MonitorTheory("hvt")]
    [MemberData(nameof(Behaviours))]
    public void Serves(string behaviour) => site.Check(behaviour);

    [MonitorFact("hvt")]
    public Task DrainsAndPowersOff() => Lifecycle.Check("hvt");
}

/// <summary>The http service on QEMU with KVM.</summary>
public sealed class HttpOnQemuKvmTests(QemuKvmSite site) : IClassFixture<QemuKvmSite>
{
    public static TheoryData<string> Behaviours => [.. HttpBehaviours.All.Keys];

    [MonitorTheory("qemu-kvm")]
    [MemberData(nameof(Behaviours))]
    public void Serves(string behaviour) => site.Check(behaviour);

    [MonitorFact("qemu-kvm")]
    public Task DrainsAndPowersOff() => Lifecycle.Check("qemu-kvm");
}

/// <summary>The http service on QEMU's translator.</summary>
public sealed class HttpOnQemuTcgTests(QemuTcgSite site) : IClassFixture<QemuTcgSite>
{
    public static TheoryData<string> Behaviours => [.. HttpBehaviours.All.Keys];

    [MonitorTheory("qemu-tcg")]
    [MemberData(nameof(Behaviours))]
    public void Serves(string behaviour) => site.Check(behaviour);

    [MonitorFact("qemu-tcg")]
    public Task DrainsAndPowersOff() => Lifecycle.Check("qemu-tcg");
}
