// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Uaas.Instances;
using Xunit;

namespace Uaas.Services.Tests.Video;

/// <summary>The combined service: a page, a picture, a film and a stream from one unikernel.</summary>
public sealed class CombinedTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("uaas-combined-");

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);

    [FfmpegFact]
    public async Task One_unikernel_serves_pages_pictures_films_and_streams_and_drains()
    {
        string film = Path.Combine(_directory.FullName, "film.flv");
        string picture = Path.Combine(_directory.FullName, "picture.jpg");
        await Ffmpeg.MakeFilmAsync(film, seconds: 4, keyEvery: 25);
        await Ffmpeg.RunAsync(null, $"-f lavfi -i testsrc2=size=640x480 -frames:v 1 {picture}");
        using BootedSite site = new(BootedService.Combined, "spt",
        [
            ("index.html", "<!doctype html><title>all</title>"u8.ToArray()), ("picture.jpg", File.ReadAllBytes(picture)), ("film.flv", File.ReadAllBytes(film)),
        ]);
        Assert.Contains("<title>all</title>", Get(site, "/").Text, StringComparison.Ordinal);
        Assert.Equal("image/jpeg", Get(site, "/picture.jpg")["Content-Type"]);
        HttpReply thumbnail = Get(site, "/picture.jpg?w=64");
        Assert.Equal(200, thumbnail.Status);
        Assert.InRange(thumbnail.Body.Length, 100, new FileInfo(picture).Length - 1);

        string server = site.Address.ToString();
        List<HashedPacket> pictures = await Ffmpeg.PicturesAsync(null, film);
        List<HashedPacket> rest = await Ffmpeg.PicturesAsync(site.Namespace, $"http://{server}/vod/film.flv?start=2s");
        Assert.Equal(pictures.Skip(50).Select(packet => packet.Hash), rest.Select(packet => packet.Hash));
        Task<string> publishing = Ffmpeg.RunAsync(site.Namespace, $"-re -stream_loop 5 -i {film} -c copy -f flv rtmp://{server}/live/film", succeeds: false);
        while (Get(site, "/metrics", 9090).Text.Contains("flv_stream_viewers{", StringComparison.Ordinal) is false) await Task.Delay(50);
        List<HashedPacket> live = await Ffmpeg.PicturesAsync(site.Namespace, $"http://{server}/live/film.flv", "-frames:v 30");
        Assert.Equal(30, live.Count);
        Assert.All(live, packet => Assert.Contains(packet.Hash, pictures.Select(each => each.Hash)));

        site.Exchange("POST /drain HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n"u8.ToArray(), 9090);
        InstanceExit exit = await site.Instance.WaitAsync().WaitAsync(s_patience);
        Assert.True(exit is { Cause: ExitCause.Guest, Code: 0 }, exit.Meaning + "\n" + site.Console);
        await publishing;
    }

    private static HttpReply Get(BootedSite site, string path, int port = 80) =>
        HttpReply.ReadAll(site.Exchange(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), port)).Single();
}
