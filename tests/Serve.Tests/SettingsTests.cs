// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;
using Uaas.Master.Api;
using Uaas.Master.Control;

namespace Uaas.Serve.Tests;

/// <summary><c>env:</c> and <c>secrets:</c>, from uaas.yaml into the guest, and nowhere else.</summary>
[Trait("Needs", "namespaces, the sample Guarded")]
public sealed class SettingsTests : IDisposable
{
    private const string First = "first-token-not-to-be-seen";
    private const string Second = "second-token-not-to-be-seen";

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-settings-").FullName;

    private string Secret => Path.Combine(_folder, "token.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceFact]
    public async Task Secrets_arrive_show_nowhere_and_change_with_the_next_apply()
    {
        await File.WriteAllTextAsync(Secret, First + "\n");
        string rest = Guarded("spt");
        await using Served served = await Served.StartAsync("min: 0", rest);
        Assert.Equal("good day", await served.Client.GetStringAsync(new Uri(served.Url, "/guarded/")));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(served, First));
        await ShowsNowhereAsync(served, First);

        (int code, string output, string errors) = await served.ApplyAsync("min: 0", "<p>from zero", rest);
        Assert.True(code == 0 && output.Contains("unchanged guarded", StringComparison.Ordinal), output + errors);
        await File.WriteAllTextAsync(Secret, Second + "\n");
        (code, output, errors) = await served.ApplyAsync("min: 0", "<p>from zero", rest);
        Assert.True(code == 0 && output.Contains("updated guarded", StringComparison.Ordinal), output + errors);
        await served.UntilAsync(instances => instances.Where(one => one.Service == "guarded").All(one => one is { Revision: 2, State: "running" }));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(served, Second));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(served, First));

        (code, _, errors) = await served.RunAsync("rollout", "undo", "guarded");
        Assert.True(code == 0, errors);
        await served.UntilAsync(instances => instances.Where(one => one.Service == "guarded").All(one => one is { Revision: 3, State: "running" }));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(served, First));
    }

    [ServiceFact]
    public async Task Settings_outlive_the_agent_and_the_master()
    {
        await File.WriteAllTextAsync(Secret, First);
        await using Served served = await Served.StartAsync("min: 0", Guarded("spt"));
        File.Delete(Secret);
        Served.Kill(await served.ProcessAsync("serve-master"));
        Served.Kill(await served.ProcessAsync("serve-agent"));
        var watch = Stopwatch.StartNew();
        HttpStatusCode status = default;
        while (status != HttpStatusCode.OK && watch.Elapsed < TimeSpan.FromSeconds(30))
        {
            try
            {
                status = await AskAsync(served, First);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50);
            }
        }
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [ServiceFact]
    public async Task Apply_refuses_a_secret_that_is_gone_or_too_large_and_a_guest_that_cannot_take_one()
    {
        await File.WriteAllTextAsync(Secret, First);
        await using Served served = await Served.StartAsync("min: 0", Guarded("spt"));
        await File.WriteAllBytesAsync(Secret, new byte[(64 << 10) + 1]);
        (int code, _, string errors) = await served.ApplyAsync("min: 0", "<p>from zero", Guarded("spt"));
        Assert.True(code != 0 && errors.Contains("the secret TOKEN", StringComparison.Ordinal) && errors.Contains("65536", StringComparison.Ordinal), errors);

        await File.WriteAllTextAsync(Secret, Second);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "disk.img"), [.. new byte[510], 0x55, 0xaa]);
        (code, _, errors) = await served.ApplyAsync("min: 0", "<p>from zero", $$"""
              alien:
                image: {{_folder}}/disk.img
                env: { A: 1 }
            """);
        Assert.True(code != 0 && errors.Contains("env and secrets do not reach", StringComparison.Ordinal), errors);

        // Nothing of what was refused has been applied.
        Assert.Equal(HttpStatusCode.OK, await AskAsync(served, First));
    }

    private string Guarded(string vmm) => $$"""
          guarded:
            image: {{Path.Combine(Repository(), "samples", "Guarded", "bin", "images", "guarded." + vmm)}}
            route: { path: /guarded, strip: true }
            vmm: {{vmm}}
            env: { GREETING: good day }
            secrets: { TOKEN: {{Secret}} }
        """;

    private static string Repository()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "uaas.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("the repository");
        return folder;
    }

    private static async Task<HttpStatusCode> AskAsync(Served served, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(served.Url, "/guarded/private")) { Headers = { { "Authorization", "Bearer " + token } } };
        using HttpResponseMessage response = await served.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsLinux() ? File.GetUnixFileMode(path) : default;

    /// <summary>Looks for a secret wherever somebody could come across it.</summary>
    private static async Task ShowsNowhereAsync(Served served, string secret)
    {
        foreach (KnownProcess process in served.Processes())
        {
            Assert.DoesNotContain(secret, await File.ReadAllTextAsync($"/proc/{process.Id}/cmdline"), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, await File.ReadAllTextAsync($"/proc/{process.Id}/environ"), StringComparison.Ordinal);
        }
        foreach (string file in Directory.EnumerateFiles(served.State, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".sock", StringComparison.Ordinal) && Path.GetFileName(file) != "lock"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            bool isIn = (await reader.ReadToEndAsync()).Contains(secret, StringComparison.Ordinal);
            bool isSettings = file.StartsWith(Path.Combine(served.State, "settings"), StringComparison.Ordinal);
            Assert.True(isIn == isSettings, $"{file}: {(isIn ? "shows the secret" : "has no secret")}");
            if (isSettings)
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, ModeOf(file));
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, ModeOf(Path.Combine(served.State, "uaas.db")));
        foreach (string[] verb in (string[][])[["ps", "--json"], ["services", "--json"], ["describe", "guarded"], ["events"], ["logs", "guarded"], ["rollout", "status", "guarded"]])
        {
            (int code, string output, string errors) = await served.RunAsync(verb);
            Assert.True(code == 0, errors);
            Assert.DoesNotContain(secret, output + errors, StringComparison.Ordinal);
        }
        Assert.DoesNotContain(secret, served.Log, StringComparison.Ordinal);
    }
}
