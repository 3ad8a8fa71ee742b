// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Services.Tests.Video;

/// <summary>Recording by the booted service, with ffmpeg as publisher and player, and instances that are killed.</summary>
public sealed class RecordingTests : IDisposable
{
    private const int Seconds = 4;
    private const int PageSize = 4096;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("uaas-rec-");
    private BootedSite? _site;

    /// <inheritdoc/>
    public void Dispose()
    {
        _site?.Dispose();
        _directory.Delete(recursive: true);
    }

    private string Film => Path.Combine(_directory.FullName, "film.flv");

    private string Volume => Path.Combine(_directory.FullName, "volume");

    [FfmpegFact]
    public Task What_was_recorded_survives_the_instance_on_spt() => RecordAsync("spt", BootedService.Flv);

    [FfmpegFact("hvt")]
    public Task What_was_recorded_survives_the_instance_on_hvt() => RecordAsync("hvt", BootedService.Flv);

    [FfmpegFact("qemu-tcg")]
    public Task What_was_recorded_survives_the_instance_on_qemu() => RecordAsync("qemu-tcg", BootedService.Flv);

    [FfmpegFact]
    public Task What_was_recorded_survives_the_instance_of_combined() => RecordAsync("spt", BootedService.Combined);

    [FfmpegFact]
    public async Task A_stream_is_recorded_on_request_while_it_is_watched()
    {
        await Ffmpeg.MakeFilmAsync(Film, 8, keyEvery: 25);
        string[] film = [.. (await Ffmpeg.PicturesAsync(null, Film)).Select(packet => packet.Hash)];
        byte[] file = File.ReadAllBytes(Film);
        Boot("spt", BootedService.Flv);
        string server = _site!.Address.ToString();
        using Socket publisher = _site.Connect();
        publisher.Send(Encoding.ASCII.GetBytes($"POST /live/film.flv HTTP/1.1\r\nHost: m\r\nContent-Length: {file.Length}\r\n\r\n"));
        publisher.Send(file.AsSpan(0, file.Length / 4));
        await UntilAsync("/streams", json => json.AsArray().Any(stream => (long)stream!["key_frames"]! > 0));
        Assert.StartsWith("HTTP/1.1 403 ", Ask("POST", "/record/film", 80), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 202 ", Ask("POST", "/record/film"), StringComparison.Ordinal);
        await UntilAsync("/recordings/", json => json["recordings"]!.AsArray() is [_]);
        Task<List<HashedPacket>> watching = Ffmpeg.PicturesAsync(_site.Namespace, $"http://{server}/live/film.flv", "-frames:v 60");
        await UntilAsync("/streams", json => (long)json[0]!["viewers"]! == 1);
        publisher.Send(file.AsSpan(file.Length / 4, file.Length / 2));
        string[] watched = [.. (await watching).Select(packet => packet.Hash)];
        await UntilWrittenAsync(file.Length / 8 * 3, publisher);
        Assert.StartsWith("HTTP/1.1 202 ", Ask("DELETE", "/record/film"), StringComparison.Ordinal);
        await UntilAsync("/recordings/", IsComplete);
        publisher.Send(file.AsSpan(file.Length / 4 * 3));
        await UntilAsync("/streams", json => json.AsArray() is [] || !(bool)json[0]!["publishing"]!);
        JsonNode one = (await UntilAsync("/recordings/", IsComplete))["recordings"]![0]!;
        string[] recorded = [.. (await Ffmpeg.PicturesAsync(_site.Namespace, $"http://{server}/recordings/{one["name"]}")).Select(packet => packet.Hash)];
        int from = Array.IndexOf(film, recorded[0]);
        Assert.Equal(0, from % 25);
        Assert.Equal(film.Skip(from).Take(recorded.Length), recorded);
        Assert.True(from + recorded.Length < film.Length - 25, "it went on after it was told to end");
        Assert.Equal(watched, recorded.Skip(Array.IndexOf(recorded, watched[0])).Take(60));
        Assert.Contains("flv_recordings 1\n", Ask("GET", "/metrics"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 204 ", Ask("DELETE", $"/recordings/{one["name"]}"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", Ask("GET", $"/recordings/{one["name"]}", 80), StringComparison.Ordinal);
    }

    [FfmpegFact]
    public void Without_a_volume_there_is_nothing_to_record_to()
    {
        _site = new BootedSite(BootedService.Flv, "spt", []);
        Assert.StartsWith("HTTP/1.1 404 ", Ask("GET", "/recordings/"), StringComparison.Ordinal);
        Assert.DoesNotContain("no_recordings", _site.Console, StringComparison.Ordinal);
    }

    [FfmpegFact]
    public async Task A_volume_with_something_else_on_it_is_left_alone_and_the_service_goes_on()
    {
        byte[] other = Encoding.ASCII.GetBytes("not ours").Concat(new byte[(2 << 20) - 8]).ToArray();
        File.WriteAllBytes(Volume, other);
        Boot("spt", BootedService.Flv);
        Assert.StartsWith("HTTP/1.1 200 ", Ask("GET", "/healthz"), StringComparison.Ordinal);
        Assert.Contains("no_recordings: the volume holds something else", _site!.Console, StringComparison.Ordinal);
        _site.Instance.Destroy();
        await _site.Instance.WaitAsync().WaitAsync(s_patience);
        _site.Dispose();
        _site = null;
        Assert.Equal(other, File.ReadAllBytes(Volume));
    }

    /// <summary>One recording that is complete, one whose instance is killed: both are played by the next instance.</summary>
    private async Task RecordAsync(string monitor, BootedService service)
    {
        await Ffmpeg.MakeFilmAsync(Film, Seconds, keyEvery: 25);
        string[] film = [.. (await Ffmpeg.PicturesAsync(null, Film)).Select(packet => packet.Hash)];
        Boot(monitor, service, "record=all");
        string server = _site!.Address.ToString();
        await Ffmpeg.RunAsync(_site.Namespace, $"-re -i {Film} -c copy -f flv rtmp://{server}/live/whole");
        await UntilAsync("/recordings/", IsComplete);
        long before = Written();
        byte[] file = File.ReadAllBytes(Film);
        using (Socket publisher = _site.Connect())
        {
            publisher.Send(Encoding.ASCII.GetBytes("POST /live/cut.flv HTTP/1.1\r\nHost: m\r\nContent-Length: 1000000000\r\n\r\n"));
            publisher.Send(file);
            await UntilWrittenAsync(before + file.Length - 3 * PageSize, publisher);

            _site.Instance.Destroy();
            await _site.Instance.WaitAsync().WaitAsync(s_patience);
        }

        _site.Dispose();
        _site = null;

        Boot(monitor, service);
        server = _site!.Address.ToString();
        JsonArray recordings = (await UntilAsync("/recordings/", json => json["count"] is not null))["recordings"]!.AsArray();
        Assert.Equal(["whole complete", "cut recovered"], recordings.Select(one => $"{one!["stream"]} {one["state"]}"));
        string whole = $"http://{server}/recordings/{recordings[0]!["name"]}";
        string cut = $"http://{server}/recordings/{recordings[1]!["name"]}";
        Assert.Equal(film, (await Ffmpeg.PicturesAsync(_site.Namespace, whole)).Select(packet => packet.Hash));
        // All but what did not fill a page had reached the volume.
        string[] saved = [.. (await Ffmpeg.PicturesAsync(_site.Namespace, cut)).Select(packet => packet.Hash)];
        Assert.True(saved.Length >= film.Length - 10, $"{saved.Length} pictures");
        Assert.Equal(film.Take(saved.Length), saved);
        // From the key frame at 2 s on; and what is decoded gives no cause for complaint.
        Assert.Equal(film.Skip(50), (await Ffmpeg.PicturesAsync(_site.Namespace, whole + "?start=2.5")).Select(packet => packet.Hash));
        Assert.Equal("", await Ffmpeg.RunAsync(_site.Namespace, $"-xerror -i {whole} -f null -"));
        Assert.Equal("", await Ffmpeg.RunAsync(_site.Namespace, $"-xerror -i {cut} -f null -"));
        Assert.Equal("", await Ffmpeg.RunAsync(_site.Namespace, $"-xerror -ss 3 -i {whole} -f null -"));
    }

    private void Boot(string monitor, BootedService service, params string[] arguments) =>
        _site = new BootedSite(service, monitor, Volume, [("index.html", "<p>a site"u8.ToArray())], arguments);

    /// <summary>What has come on a connection.</summary>
    private static string Told(Socket socket)
    {
        byte[] answer = new byte[1024];
        return socket.Poll(0, SelectMode.SelectRead) ? Encoding.Latin1.GetString(answer, 0, socket.Receive(answer)) : "nothing";
    }

    private long Written() => long.Parse(Ask("GET", "/metrics").Split("\nflv_recording_written_bytes_total ")[1].Split('\n')[0], CultureInfo.InvariantCulture);

    private static bool IsComplete(JsonNode json) => json["recordings"]!.AsArray() is [{ } one] && (string)one["state"]! == "complete";

    private async Task UntilWrittenAsync(long size, Socket publisher)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (Written() < size)
        {
            Assert.True(watch.Elapsed < s_patience, $"{Written()} of {size} bytes written; the publisher was told: {Told(publisher)}\n{_site!.Console}");
            await Task.Delay(20);
        }
    }

    private async Task<JsonNode> UntilAsync(string path, Predicate<JsonNode> isSo)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            string answer = Ask("GET", path);
            JsonNode json = JsonNode.Parse(answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..])!;
            if (isSo(json)) return json;
            Assert.True(watch.Elapsed < s_patience, $"it does not come to that: {answer}\n{_site!.Console}");
            await Task.Delay(20);
        }
    }

    private string Ask(string method, string path, int port = 9090) =>
        Encoding.ASCII.GetString(_site!.Exchange(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n"), port));
}
