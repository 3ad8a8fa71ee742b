// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net.Http;
using System.Threading.Tasks;
using Uaas.Net.Testing;

namespace Uaas.Images.Tests;

/// <summary>Debian's docker-registry, on a port of its own.</summary>
internal sealed class DebianRegistry : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private DebianRegistry(Process process, string host)
    {
        _process = process;
        Host = host;
    }

    /// <summary>Host and port.</summary>
    internal string Host { get; }

    /// <summary>Starts one that keeps its files in a folder; with passwords if a file of them (bcrypt) is given.</summary>
    internal static async Task<DebianRegistry> StartAsync(string folder, string? passwords = null)
    {
        int port = FreePort.Find();
        string configuration = Path.Combine(folder, $"registry-{port}.yml");
        string authentication = passwords is null ? "" : $"auth:\n  htpasswd:\n    realm: test\n    path: {passwords}\n";
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            version: 0.1
            storage:
              filesystem:
                rootdirectory: {folder}/registry
            http:
              addr: 127.0.0.1:{port}

            """) + authentication);
        var start = new ProcessStartInfo("docker-registry", ["serve", configuration]) { RedirectStandardError = true, RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var registry = new DebianRegistry(process, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"));
        await registry.WaitAsync();
        return registry;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task WaitAsync()
    {
        using var client = new HttpClient();
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using HttpResponseMessage response = await client.GetAsync(new Uri($"http://{Host}/v2/"));
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited && Stopwatch.GetElapsedTime(start) < s_patience)
            {
                await Task.Delay(50);
            }
        }
    }
}
