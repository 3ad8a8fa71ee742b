// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Uaas.Cli;
using Uaas.Host.Tests.Cli;
using Uaas.Services.Tests.Comparison;
using Xunit;

namespace Uaas.Services.Tests.Video;

/// <summary>A test with mpegts.js in a browser. Skipped by name where something for it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PlayerTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public PlayerTheoryAttribute() =>
        Skip = MonitorRequirement.FindObstacle("spt")
            ?? (File.Exists(Ffmpeg.Program) ? null : "needs ffmpeg")
            ?? (File.Exists(Browser.Program) ? null : "needs chromium")
            ?? (File.Exists(PlayerTests.Player) ? null : "needs mpegts.js, which ./uaas test fetches with npm");
}

/// <summary>What a person sees: mpegts.js in Chromium, playing from <c>uaas run flv</c> what ffmpeg publishes to it.</summary>
public sealed class PlayerTests : IDisposable
{
    private const double Watched = 4;

    private const string Play = """
        (async () => {
          const errors = [];
          let stalls = 0;
          const video = document.querySelector("video");
          const player = mpegts.createPlayer({ type: "flv", isLive: true, url: "URL" });
          player.on(mpegts.Events.ERROR, (kind, detail, info) => errors.push(`${kind} ${detail} ${info && info.msg}`));
          player.attachMediaElement(video);
          player.load();
          const sleep = time => new Promise(done => setTimeout(done, time));
          video.play().catch(error => errors.push(String(error)));
          for (let i = 0; i < 300 && video.currentTime < 0.5 && !errors.length; i++) await sleep(50);
          video.addEventListener("waiting", () => stalls++);
          const start = video.currentTime;
          const times = [];
          for (let i = 0; i < 16; i++) {
            await sleep(250);
            times.push(video.currentTime);
          }
          const quality = video.getVideoPlaybackQuality();
          return JSON.stringify({ errors, stalls, start, times, width: video.videoWidth, frames: quality.totalVideoFrames });
        })()
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("uaas-player-");

    internal static string Player => Path.Combine(Locations.Find().Repository, "out", "player", "node_modules", "mpegts.js", "dist", "mpegts.js");

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);

    [PlayerTheory]
    [InlineData("http")]
    [InlineData("ws")]
    public async Task A_browser_plays_a_live_stream_without_a_stall(string scheme)
    {
        string film = Path.Combine(_directory.FullName, "film.flv");
        await Ffmpeg.MakeFilmAsync(film, seconds: 20, keyEvery: 50);
        using Command command = Command.Start(null, "run", "flv", "--port", "0", "--rtmp-port", "0", "--vmm", "spt", "--quiet");
        Uri server = new((await command.FirstLine)["ready ".Length..]);
        string rtmp = await RtmpAsync(command);
        await using WebApplication page = await ServePageAsync();
        using Process publisher = Process.Start(new ProcessStartInfo(Ffmpeg.Program, $"-loglevel error -nostdin -re -i {film} -c copy -f flv {rtmp}film"))!;
        try
        {
            await using Browser browser = await Browser.StartAsync();
            await browser.OpenAsync(new Uri(page.Urls.First()));
            await browser.EvaluateAsync("""new Promise(loaded => document.readyState === "complete" ? loaded() : addEventListener("load", loaded)).then(() => "{}")""");
            JsonNode seen = await browser.EvaluateAsync(Play.Replace("URL", $"{scheme}://{server.Authority}/live/film.flv", StringComparison.Ordinal));
            Check(seen);
        }
        finally
        {
            publisher.Kill();
            command.Signal("INT");
            await command.EndAsync();
        }
    }

    private static void Check(JsonNode seen)
    {
        string all = seen.ToJsonString();
        double[] times = [(double)seen["start"]!, .. seen["times"]!.AsArray().Select(time => (double)time!)];
        Assert.True(seen["errors"]!.AsArray().Count == 0, all);
        Assert.True((int)seen["stalls"]! == 0, all);
        Assert.Equal(320, (int)seen["width"]!);
        Assert.True(times[0] >= 0.5 && times.Zip(times.Skip(1)).All(pair => pair.First < pair.Second), all);
        Assert.InRange(times[^1] - times[0], Watched * 0.8, Watched * 1.5);
        Assert.True((int)seen["frames"]! > Watched * 25 * 0.8, all);
    }

    /// <summary>The command's second line says where RTMP goes.</summary>
    private static async Task<string> RtmpAsync(Command command)
    {
        const string label = "rtmp ";
        for (int i = 0; i < 100; i++)
        {
            if (command.Output.Split('\n').FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal)) is { } line) return line[label.Length..];
            await Task.Delay(50);
        }

        throw new InvalidOperationException(command.Errors);
    }

    /// <summary>A page of another origin than the stream's.</summary>
    private static async Task<WebApplication> ServePageAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication page = builder.Build();
        page.MapGet("/", () => Results.Content("<!doctype html><video muted></video><script src=mpegts.js></script>", "text/html"));
        page.MapGet("/mpegts.js", () => Results.File(Player, "text/javascript"));
        await page.StartAsync();
        return page;
    }
}
