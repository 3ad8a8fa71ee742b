// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;
using Uaas.Instances;
using Uaas.Linux;
using Uaas.Services.Tests;
using Xunit;

namespace Uaas.Samples.Tests;

/// <summary>Settings reach a guest on each monitor, and show nowhere else.</summary>
public sealed class SettingsTests : IDisposable
{
    private const string Token = "a7c1e0ff-do-not-show";

    private readonly Lazy<BootedSamples> _booted = new(() => new BootedSamples());

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_booted.IsValueCreated) Samples.Dispose();
    }

    private BootedSamples Samples => _booted.Value;

    [MonitorFact("spt")]
    public Task A_guest_on_spt_gets_its_settings() => SettingsArriveAsync("spt");

    [MonitorFact("hvt")]
    public Task A_guest_on_hvt_gets_its_settings() => SettingsArriveAsync("hvt");

    [MonitorFact("qemu-tcg")]
    public Task A_guest_on_QEMU_gets_its_settings() => SettingsArriveAsync("qemu-tcg");

    [MonitorFact("spt")]
    public async Task A_setting_that_a_service_cannot_do_without_is_missed_by_name()
    {
        using HttpClient client = Samples.Boot("Guarded");
        InstanceExit exit = await Samples.EndAsync();
        Assert.Equal(2, exit.Code);
        Assert.Contains("missing_setting word=TOKEN", Samples.Console, StringComparison.Ordinal);
    }

    [MonitorFact("spt")]
    public async Task Damaged_settings_keep_a_guest_from_starting()
    {
        byte[] settings = Encode(("TOKEN", Token));
        settings[^1] = 0xff;
        settings[12] = 9;
        using SealedMemory memory = SealedMemory.Create("settings", settings);
        using HttpClient client = Samples.Boot("spt", "Guarded", memory);
        Assert.Equal(2, (await Samples.EndAsync()).Code);
        Assert.Contains("bad_settings", Samples.Console, StringComparison.Ordinal);
    }

    [MonitorTheory("spt")]
    [InlineData(0, "cannot read the settings")]
    [InlineData((512 << 10) + 1, "at most 524288")]
    public async Task A_tender_refuses_settings_of_no_use(int length, string message)
    {
        using SealedMemory memory = SealedMemory.Create("settings", new byte[length]);
        using HttpClient client = Samples.Boot("spt", "Guarded", memory);
        Assert.Equal(125, (await Samples.EndAsync()).Code);
        Assert.Contains(message, Samples.Console, StringComparison.Ordinal);
    }

    [Fact]
    public void Sealed_memory_cannot_be_changed()
    {
        using SealedMemory memory = SealedMemory.Create("settings", "x"u8.ToArray());
        Assert.ThrowsAny<Exception>(() => RandomAccess.Write(memory.Descriptor, "y"u8, 0));
        Assert.Equal("x", File.ReadAllText(memory.Path));
    }

    private async Task SettingsArriveAsync(string monitor)
    {
        // More than a page, so that more than one is laid out.
        string greeting = new('g', 9000);
        using SealedMemory memory = SealedMemory.Create("settings", Encode(("GREETING", greeting), ("TOKEN", Token)));
        using HttpClient client = Samples.Boot(monitor, "Guarded", memory);
        Assert.Equal(greeting, await client.GetStringAsync("/"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/private")).StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token + "x");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/private")).StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        Assert.Equal("for your eyes only\n", await client.GetStringAsync("/private"));
        string process = $"/proc/{Samples.LastProcess}/";
        Assert.DoesNotContain(Token, await File.ReadAllTextAsync(process + "cmdline"), StringComparison.Ordinal);
        Assert.DoesNotContain(Token, await File.ReadAllTextAsync(process + "environ"), StringComparison.Ordinal);
        Assert.DoesNotContain(Token, Samples.Console, StringComparison.Ordinal);
    }

    private static byte[] Encode(params (string Name, string Value)[] values)
    {
        byte[] entries = [.. values.SelectMany(one => (byte[])[.. BitConverter.GetBytes(one.Name.Length), .. BitConverter.GetBytes(one.Value.Length), .. Encoding.ASCII.GetBytes(one.Name), .. Encoding.ASCII.GetBytes(one.Value)])];
        return [.. "UAASENV1"u8, .. BitConverter.GetBytes(16 + entries.Length), .. BitConverter.GetBytes(values.Length), .. entries];
    }
}
