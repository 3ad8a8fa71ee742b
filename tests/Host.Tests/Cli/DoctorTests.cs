// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Instances;
using Uaas.Linux;
using Xunit;

namespace Uaas.Host.Tests.Cli;

/// <summary>The doctor and the choice that hangs on it, over scripted monitors.</summary>
public sealed class DoctorTests : IDisposable
{
    private static readonly InstanceExit Well = InstanceExit.Of(new ProcessExit(0, 0, default, 0), 125);
    private static readonly KvmProbe Fast = KvmProbe.Judge(2e9, true);
    private static readonly KvmProbe Crawling = KvmProbe.Judge(2.5e6, true);

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;
    private readonly Dictionary<string, MockDriver> _drivers = [];
    private readonly Locations _locations;
    private int _boots;

    public DoctorTests()
    {
        _locations = new Locations(_folder);
        Directory.CreateDirectory(Path.Combine(_folder, "images"));
        File.WriteAllText(_locations.Image(Doctor.GuestName, "mock"), "");
        foreach (Monitor monitor in Monitor.ByPreference)
            Script(monitor.Key, mock => mock.End(Well));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_guest_that_runs_to_its_end_makes_a_monitor_usable()
    {
        MonitorReport report = await Examine("spt", Fast);
        Assert.True(report.Usable);
        Assert.NotNull(report.BootMilliseconds);
        Assert.Null(report.Remedy);
        Assert.Equal(3, _boots);
    }

    [Theory]
    [InlineData("hvt")]
    [InlineData("qemu-kvm")]
    public async Task A_KVM_that_crawls_is_said_to_crawl_and_is_not_used(string key)
    {
        MonitorReport report = await Examine(key, Crawling);
        Assert.False(report.Usable);
        Assert.Contains("crawls at 2.5 million instructions a second", report.Detail, StringComparison.Ordinal);
        Assert.NotNull(report.Remedy);
        Assert.Equal(0, _boots);
    }

    [Fact]
    public async Task A_guest_that_breaks_down_shows_its_last_line()
    {
        Script("spt", mock =>
        {
            mock.Console.Append("first\npanic: here\n"u8);
            mock.End(InstanceExit.Of(new ProcessExit(255, 0, default, 0), 125));
        });
        MonitorReport report = await Examine("spt", Fast);
        Assert.False(report.Usable);
        Assert.EndsWith("the guest panicked (code 255): panic: here", report.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_said_without_booting()
    {
        _drivers["spt"].Offer = new Fingerprint(false, "no tender", "build it");
        Assert.Equal(("no tender", "build it"), ((await Examine("spt", Fast)) is var report ? report.Detail : "", report.Remedy));
        File.Delete(_locations.Image(Doctor.GuestName, "mock"));
        Assert.Contains("there is no guest to try it with", (await Examine("hvt", Fast)).Detail, StringComparison.Ordinal);
        Assert.Equal(0, _boots);
    }

    [Fact]
    public async Task Auto_takes_hvt_where_KVM_is_fast_and_spt_where_it_is_not()
    {
        Assert.Equal("hvt", (await Choice(Fast).ChooseAsync("auto")).Key);
        Assert.Equal("spt", (await Choice(Crawling).ChooseAsync("auto")).Key);
    }

    [Fact]
    public async Task Qemu_takes_KVM_where_it_is_fast_and_translates_where_it_is_not()
    {
        Assert.Equal("qemu-kvm", (await Choice(Fast).ChooseAsync("qemu")).Key);
        Assert.Equal("qemu-tcg", (await Choice(Crawling).ChooseAsync("qemu")).Key);
    }

    [Fact]
    public async Task A_monitor_asked_for_by_name_is_not_replaced_by_another()
    {
        var e = await Assert.ThrowsAsync<UaasException>(() => Choice(Crawling).ChooseAsync("hvt"));
        Assert.Equal(Failure.Monitor, e.Failure);
        Assert.Contains("hvt does not work here\n  hvt: a guest crawls", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_monitor_every_reason_is_given()
    {
        foreach (MockDriver driver in _drivers.Values)
            driver.Offer = new Fingerprint(false, "broken", "repair it");
        var e = await Assert.ThrowsAsync<UaasException>(() => Choice(Fast).ChooseAsync("auto"));
        Assert.Equal("no monitor works here\n  hvt: broken\n  spt: broken\n  qemu-kvm: broken\n  qemu-tcg: broken", e.Message);
        Assert.Equal("repair it", e.Remedy);
    }

    [Fact]
    public async Task What_auto_found_is_remembered_until_what_it_hangs_on_changes()
    {
        var cache = new DoctorCache(Path.Combine(_folder, "cache", "doctor.json"));
        string key = DoctorCache.KeyFor(_locations);
        Assert.Equal("spt", (await new MonitorChoice(For(Crawling), cache, key).ChooseAsync("auto")).Key);
        int boots = _boots;
        Assert.Equal("spt", (await new MonitorChoice(For(Fast), cache, key).ChooseAsync("auto")).Key);
        Assert.Equal(boots, _boots);

        Directory.CreateDirectory(Path.Combine(_folder, "bin"));
        File.WriteAllText(_locations.Tender("spt"), "new");
        Assert.NotEqual(key, DoctorCache.KeyFor(_locations));
        Assert.Equal("hvt", (await new MonitorChoice(For(Fast), cache, DoctorCache.KeyFor(_locations)).ChooseAsync("auto")).Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"key\":\"k\",\"chosen\":\"gone\"}")]
    public async Task A_damaged_cache_is_no_cache(string content)
    {
        string path = Path.Combine(_folder, "doctor.json");
        File.WriteAllText(path, content);
        Assert.Equal("hvt", (await new MonitorChoice(For(Fast), new DoctorCache(path), "k").ChooseAsync("auto")).Key);
    }

    [Fact]
    public void An_image_that_is_not_there_is_named_with_those_that_are()
    {
        var e = Assert.Throws<UaasException>(() => _locations.ExistingImage("htp", "mock"));
        Assert.Equal(Failure.NotBuilt, e.Failure);
        Assert.Contains("htp.mock; there are: hello", e.Message, StringComparison.Ordinal);
    }

    private void Script(string key, Action<MockInstance> script) => _drivers[key] = new MockDriver(mock =>
    {
        _boots++;
        script(mock);
    });

    private Doctor For(KvmProbe kvm) => new(_locations, monitor => _drivers[monitor.Key], () => kvm);

    private MonitorChoice Choice(KvmProbe kvm) => new(For(kvm), new DoctorCache(null), "");

    private Task<MonitorReport> Examine(string key, KvmProbe kvm) => For(kvm).ExamineAsync(Monitor.ByPreference.Single(monitor => monitor.Key == key));
}
