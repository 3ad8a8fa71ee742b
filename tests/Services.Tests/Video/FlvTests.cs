// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Uaas.Instances;
using Xunit;

namespace Uaas.Services.Tests.Video;

/// <summary>The flv service booted, with ffmpeg as publisher and player.</summary>
public sealed class FlvTests : IDisposable
{
    private const int Seconds = 3;
    private const int Frames = 25 * Seconds;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("uaas-flv-");
    private BootedSite? _site;

    /// <inheritdoc/>
    public void Dispose()
    {
        _site?.Dispose();
        _directory.Delete(recursive: true);
    }

    private string Film => Path.Combine(_directory.FullName, "film.flv");

    [FfmpegFact]
    public Task Every_picture_that_is_published_is_played_on_spt() => PlayEverythingAsync("spt");

    [FfmpegFact("hvt")]
    public Task Every_picture_that_is_published_is_played_on_hvt() => PlayEverythingAsync("hvt");

    [FfmpegFact("qemu-tcg")]
    public Task Every_picture_that_is_published_is_played_on_qemu() => PlayEverythingAsync("qemu-tcg");

    [FfmpegFact]
    public async Task What_ffmpeg_pulls_by_RTMP_and_publishes_again_is_the_same()
    {
        // One group of pictures, so that whoever comes while it lasts gets all of it.
        await Ffmpeg.MakeFilmAsync(Film, Seconds, keyEvery: 250);
        Boot("spt");
        string server = _site!.Address.ToString();
        Task<string> publishing = Ffmpeg.RunAsync(_site.Namespace, $"-re -i {Film} -c copy -f flv rtmp://{server}/live/film");
        await UntilPublishedAsync("film");
        Task<string> relaying = Ffmpeg.RunAsync(_site.Namespace, $"-i rtmp://{server}/live/film -c copy -frames:v {Frames} -f flv rtmp://{server}/live/again");
        await UntilPublishedAsync("again");
        List<HashedPacket> played = await Ffmpeg.PicturesAsync(_site.Namespace, $"http://{server}/live/again.flv", $"-frames:v {Frames - 5}");
        Assert.Equal((await Ffmpeg.PicturesAsync(null, Film)).Take(Frames - 5).Select(packet => packet.Hash), played.Select(packet => packet.Hash));
        await publishing;
        await relaying;
    }

    [FfmpegFact]
    public async Task What_has_sound_alone_or_pictures_alone_is_published_by_HTTP_and_played()
    {
        await Ffmpeg.MakeFilmAsync(Film, Seconds, keyEvery: 250);
        Boot("spt");
        string server = _site!.Address.ToString();
        foreach ((string name, string without) in new[] { ("sound", "-vn"), ("pictures", "-an") })
        {
            Task<string> publishing = Ffmpeg.RunAsync(_site.Namespace, $"-re -i {Film} -c copy {without} -f flv -method POST http://{server}/live/{name}.flv");
            await UntilPublishedAsync(name);
            string stream = name == "sound" ? "0:a" : "0:v";
            int some = name == "sound" ? 30 : Frames - 5;
            string frames = name == "sound" ? "-frames:a" : "-frames:v";
            List<HashedPacket> played = await Ffmpeg.PicturesAsync(_site.Namespace, $"http://{server}/live/{name}.flv", $"{frames} {some}", stream, "-analyzeduration 1000000");
            HashSet<string> published = [.. (await Ffmpeg.PicturesAsync(null, Film, stream: stream)).Select(packet => packet.Hash)];
            Assert.Equal(some, played.Count);
            Assert.All(played, packet => Assert.Contains(packet.Hash, published));
            await publishing;
        }
    }

    [FfmpegFact]
    public async Task A_film_is_played_whole_and_from_a_start()
    {
        await Ffmpeg.MakeFilmAsync(Film, 6, keyEvery: 25);
        Boot("spt", [("film.flv", File.ReadAllBytes(Film))]);
        string url = $"http://{_site!.Address}/vod/film.flv";
        List<HashedPacket> film = await Ffmpeg.PicturesAsync(null, Film);
        Assert.Equal(film.Select(packet => packet.Hash), (await Ffmpeg.PicturesAsync(_site.Namespace, url)).Select(packet => packet.Hash));
        Assert.Equal(film.Skip(75).Select(packet => packet.Hash), (await Ffmpeg.PicturesAsync(_site.Namespace, $"{url}?start=3.5")).Select(packet => packet.Hash));
        // What ffmpeg decodes without a complaint begins with a key frame and its configuration.
        Assert.Equal("", await Ffmpeg.RunAsync(_site.Namespace, $"-xerror -i {url}?start=5s -f null -"));
    }

    [FfmpegFact]
    public async Task A_drain_ends_publishers_and_viewers_and_then_the_machine()
    {
        await Ffmpeg.MakeFilmAsync(Film, 20, keyEvery: 25, "-t 20");
        Boot("spt", [("uaas-site.yaml", "stream-keys:\n  film: s3cret\n"u8.ToArray())]);
        string server = _site!.Address.ToString();
        await Ffmpeg.RunAsync(_site.Namespace, $"-re -i {Film} -c copy -f flv rtmp://{server}/live/film", succeeds: false);
        Task<string> publishing = Ffmpeg.RunAsync(_site.Namespace, $"-re -i {Film} -c copy -f flv rtmp://{server}/live/film?key=s3cret", succeeds: false);
        await UntilPublishedAsync("film");
        Task<string> http = Ffmpeg.RunAsync(_site.Namespace, $"-i http://{server}/live/film.flv -c copy -f null -");
        Task<string> rtmp = Ffmpeg.RunAsync(_site.Namespace, $"-i rtmp://{server}/live/film -c copy -f null -");
        await UntilAsync("film", stream => (int)stream["viewers"]! == 2 && (long)stream["bits_per_second_in"]! > 0);
        Assert.Contains("flv_stream_viewers{stream=\"film\"} 2\n", Ask("GET", "/metrics"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 202 ", Ask("POST", "/drain"), StringComparison.Ordinal);
        InstanceExit exit = await _site.Instance.WaitAsync().WaitAsync(s_patience);
        Assert.True(exit is { Cause: ExitCause.Guest, Code: 0 }, exit.Meaning + "\n" + _site.Console);
        Assert.Contains("info publisher_refused stream=film why=bad_key\n", _site.Console, StringComparison.Ordinal);
        Assert.Contains("info publishing stream=film\n", _site.Console, StringComparison.Ordinal);
        Assert.Contains("info published stream=film ms=", _site.Console, StringComparison.Ordinal);
        await http;
        await rtmp;
        await publishing;
    }

    [MonitorFact("spt")]
    public async Task Strangers_fill_the_log_no_faster_than_a_line_a_second()
    {
        const int attempts = 100;
        const int burst = 20;
        Boot("spt", [("uaas-site.yaml", "stream-keys:\n  film: s3cret\n"u8.ToArray())]);
        byte[] request = "POST /live/film.flv HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\nF"u8.ToArray();
        var time = Stopwatch.StartNew();
        for (int i = 0; i < attempts; i++) Assert.StartsWith("HTTP/1.1 403 ", Encoding.ASCII.GetString(_site!.Exchange(request)), StringComparison.Ordinal);
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        _site!.Exchange(request);

        // The answer may be here before the line is.
        string[] lines = Refusals();
        for (int tries = 0; tries < 500 && lines.LastOrDefault()?.Contains("left_out", StringComparison.Ordinal) != true; tries++)
        {
            await Task.Delay(20);
            lines = Refusals();
        }

        Assert.InRange(lines.Length, burst, burst + 1 + (int)time.Elapsed.TotalSeconds);
        Assert.Matches(" left_out=[1-9]", lines[^1]);

        string[] Refusals() => [.. _site!.Console.Split('\n').Where(line => line.Contains("publisher_refused", StringComparison.Ordinal))];
    }

    private async Task PlayEverythingAsync(string monitor)
    {
        await Ffmpeg.MakeFilmAsync(Film, Seconds, keyEvery: 250);
        string[] published = [.. (await Ffmpeg.PicturesAsync(null, Film)).Select(packet => packet.Hash)];
        Assert.Equal(Frames, published.Length);
        Boot(monitor);
        string server = _site!.Address.ToString();
        Task<string> publishing = Ffmpeg.RunAsync(_site.Namespace, $"-re -i {Film} -c copy -f flv rtmp://{server}/live/film");
        await UntilPublishedAsync("film");
        Task<string> refused = Ffmpeg.RunAsync(_site.Namespace, $"-re -i {Film} -c copy -f flv rtmp://{server}/live/film", succeeds: false);
        Task<List<HashedPacket>> http = Ffmpeg.PicturesAsync(_site.Namespace, $"http://{server}/live/film.flv", $"-frames:v {Frames}");
        Task<List<HashedPacket>> rtmp = Ffmpeg.PicturesAsync(_site.Namespace, $"rtmp://{server}/live/film", $"-frames:v {Frames}");
        foreach (List<HashedPacket> played in await Task.WhenAll(http, rtmp))
        {
            Assert.Equal(published, played.Select(packet => packet.Hash));
            Assert.Equal(0, played[0].DecodingTime);
            Assert.All(played.Zip(played.Skip(1)), pair => Assert.True(pair.First.DecodingTime < pair.Second.DecodingTime, "time goes on"));
        }

        await publishing;
        await refused;
    }

    private void Boot(string monitor, params (string Path, byte[] Content)[] files) => _site = new BootedSite(BootedService.Flv, monitor, files);

    private Task UntilPublishedAsync(string name) => UntilAsync(name, stream => (long)stream["group_bytes"]! > 0 || (long)stream["audio"]! > 0 && name == "sound");

    /// <summary>Waits until a stream is there and is as it should be.</summary>
    private async Task UntilAsync(string name, Predicate<JsonNode> isSo)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            string answer = Ask("GET", "/streams");
            JsonArray streams = JsonNode.Parse(answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..])!.AsArray();
            if (streams.FirstOrDefault(stream => (string)stream!["name"]! == name) is { } found && isSo(found)) return;
            Assert.True(watch.Elapsed < s_patience, $"it does not come to that: {answer}");
            await Task.Delay(20);
        }
    }

    private string Ask(string method, string path) =>
        Encoding.ASCII.GetString(_site!.Exchange(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n"), 9090));
}
