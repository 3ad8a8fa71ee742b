// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Agent;
using Uaas.Cli;
using Uaas.Instances;
using Uaas.Net.Testing;
using Uaas.Networking;
using Xunit;
using Monitor = Uaas.Cli.Monitor;

namespace Uaas.Services.Tests;

/// <summary>A test that publishes and plays by the real ffmpeg. Skipped by name where it is not installed, or the service cannot be booted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FfmpegFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public FfmpegFactAttribute() => Skip = File.Exists(FlvTests.Ffmpeg) ? MonitorRequirement.FindObstacle("spt") : "needs ffmpeg";
}

/// <summary>The flv service on spt, with ffmpeg as publisher and player.</summary>
public sealed class FlvTests : IDisposable
{
    internal const string Ffmpeg = "/usr/bin/ffmpeg";

    private const int Frames = 75;
    private const int MemoryMebibytes = 64;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("uaas-flv-");
    private readonly NetworkNamespace _namespace = new();
    private NodeNetwork? _network;
    private InstanceConnection? _connection;
    private IInstance? _instance;

    /// <inheritdoc/>
    public void Dispose()
    {
        _instance?.Dispose();
        _connection?.Dispose();
        _network?.Dispose();
        _namespace.Dispose();
        _directory.Delete(recursive: true);
    }

    [FfmpegFact]
    public async Task Every_picture_that_is_published_is_played_by_HTTP_and_by_RTMP_in_order()
    {
        Boot();
        string film = Path.Combine(_directory.FullName, "film.flv");
        // One group of pictures, so that whoever comes while it lasts gets all of it.
        await RunAsync($"-f lavfi -i testsrc=size=320x240:rate=25:duration=3 -f lavfi -i sine=frequency=440:duration=3 -c:v libx264 -preset ultrafast -bf 2 -g 250 -pix_fmt yuv420p -c:a aac -f flv {film}");
        string[] published = Hashes(await RunAsync($"-i {film} -map 0:v -c copy -f framemd5 -"));
        Assert.Equal(Frames, published.Length);

        string server = _connection!.Address.ToString();
        Task<string> publishing = RunAsync($"-re -i {film} -c copy -f flv rtmp://{server}/live/film");
        await UntilPublishedAsync();
        Task<string> refused = RunAsync($"-re -i {film} -c copy -f flv rtmp://{server}/live/film", succeeds: false);
        Task<string> http = RunAsync($"-copyts -i http://{server}/live/film.flv -map 0:v -c copy -frames:v {Frames} -f framemd5 -");
        Task<string> rtmp = RunAsync($"-copyts -i rtmp://{server}/live/film -map 0:v -c copy -frames:v {Frames} -f framemd5 -");

        foreach (string played in await Task.WhenAll(http, rtmp))
        {
            Assert.Equal(published, Hashes(played));
            long[] times = DecodingTimes(played);
            Assert.Equal(0, times[0]);
            Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.First < pair.Second, "time goes on"));
        }

        await publishing;
        await refused;
    }

    private void Boot()
    {
        Locations locations = Locations.Find();
        IMonitorDriver driver = Monitor.ByKey("spt").CreateDriver(locations);
        _network = _namespace.Run(NodeNetwork.Prepare);
        _connection = _namespace.Run(() => new TapLinks(_network, new InstanceLinkOptions(Offloads: true)).Connect(0));
        _instance = _namespace.Run(() => driver.Start(new InstanceSpec
        {
            Name = "flv-1",
            Image = locations.ExistingImage("flv", driver.ImageKind),
            MemoryMebibytes = MemoryMebibytes,
            Arguments = BootArguments.For("flv-1", _connection),
            Networks = [_connection.Attachment!],
        }));
    }

    /// <summary>Waits until the stream has a first picture.</summary>
    private async Task UntilPublishedAsync()
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!_namespace.Command($"curl -s http://{_connection!.Address}:9090/streams").Contains("\"key_frames\":1", StringComparison.Ordinal))
        {
            Assert.True(watch.Elapsed < s_patience, "nothing is published");
            await Task.Delay(20);
        }
    }

    /// <summary>Runs ffmpeg in the namespace; returns what it prints.</summary>
    private async Task<string> RunAsync(string arguments, bool succeeds = true)
    {
        ProcessStartInfo start = new(Ffmpeg, $"-hide_banner -loglevel error -nostdin -y {arguments}") { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = _namespace.Run(() => Process.Start(start)!);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(s_patience);
            Assert.True(succeeds == (process.ExitCode == 0), $"ffmpeg {arguments}: exit {process.ExitCode}: {await errors}");
            return await output;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    // A line of framemd5 is: stream, dts, pts, duration, size, hash.
    private static IEnumerable<string[]> Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').Select(line => line.Split(',', StringSplitOptions.TrimEntries));

    private static string[] Hashes(string text) => [.. Lines(text).Select(line => line[5])];

    private static long[] DecodingTimes(string text) => [.. Lines(text).Select(line => long.Parse(line[1], CultureInfo.InvariantCulture))];
}
