// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Uaas.Imaging;
using Uaas.Imaging.Testing;
using Xunit;

namespace Uaas.Services.Tests.Images;

/// <summary>One instance of img on spt, shared by the tests of a class.</summary>
public sealed class ImgSite : IDisposable
{
    private readonly Lazy<BootedSite> _site = new(() => new BootedSite(BootedService.Img, "spt", Files));

    internal static (string Path, byte[] Content)[] Files { get; } =
    [
        ("photo.jpg", Picture.Photograph(800, 600).Encode(ImageFormat.Jpeg)),
        ("drawing.png", Picture.Photograph(300, 200, hasAlpha: true).Encode(ImageFormat.Png, hasAlpha: true)),
        ("cut.jpg", Picture.Photograph(400, 300).Encode(ImageFormat.Jpeg)[..5000]),
        ("text.jpg", Encoding.ASCII.GetBytes("this is no picture at all")),
    ];

    internal BootedSite Site => _site.Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_site.IsValueCreated) _site.Value.Dispose();
    }

    internal HttpReply Get(string target, params string[] fields) => Get(Site, target, 80, fields);

    internal long Metric(string name) => Metric(Site, name);

    internal static HttpReply Get(BootedSite site, string target, int port, params string[] fields) =>
        HttpReply.ReadAll(site.Exchange(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: i\r\nConnection: close\r\n{string.Concat(fields.Select(static field => field + "\r\n"))}\r\n"), port)).Single();

    internal static long Metric(BootedSite site, string name)
    {
        string line = Get(site, "/metrics", 9090).Text.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return long.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }
}

/// <summary>The booted img service as a client meets it.</summary>
public sealed class ImgTests(ImgSite shared) : IClassFixture<ImgSite>
{
    [MonitorTheory("spt")]
    [InlineData("/photo.jpg?w=200", "", "image/jpeg", 200, 150)]
    [InlineData("/photo.jpg?w=200", "Accept: image/webp,*/*", "image/webp", 200, 150)]
    [InlineData("/photo.jpg?w=200&f=png", "Accept: image/webp", "image/png", 200, 150)]
    [InlineData("/unsafe/rs:fill:100:100/g:ea/plain/local:///photo.jpg@webp", "", "image/webp", 100, 100)]
    [InlineData("/drawing.png?w=150", "", "image/png", 150, 100)]
    [InlineData("/drawing.png?w=150&rot=90&f=jpg&bg=ffffff", "", "image/jpeg", 150, 225)]
    [InlineData("/photo.jpg?w=200&bl=2&sh=1", "", "image/jpeg", 200, 150)]
    public void Pictures_come_as_asked(string target, string accept, string type, int width, int height)
    {
        HttpReply reply = accept.Length == 0 ? shared.Get(target) : shared.Get(target, accept);
        Assert.Equal((200, type), (reply.Status, reply["Content-Type"]));
        Assert.Equal("Accept", reply["Vary"]);
        Picture picture = Picture.Decode(reply.Body);
        Assert.Equal((width, height), (picture.Width, picture.Height));
    }

    [MonitorTheory("spt")]
    [InlineData("/photo.jpg?shrink=2", 400, "shrink=2")]
    [InlineData("/unsafe/q:101/plain/photo.jpg", 400, "q:101")]
    [InlineData("/unsafe/w:1/plain/photo.jpg@bmp", 400, "bmp")]
    [InlineData("/none.jpg?w=5", 404, "")]
    [InlineData("/unsafe/w:1/plain/http://127.0.0.1/x.jpg", 404, "sources are files")]
    [InlineData("/cut.jpg?w=5", 422, "damaged")]
    [InlineData("/text.jpg?w=5", 415, "neither")]
    public void What_cannot_be_is_told(string target, int status, string word)
    {
        HttpReply reply = shared.Get(target);
        Assert.Equal(status, reply.Status);
        Assert.Contains(word, reply.Text, StringComparison.Ordinal);
    }

    [MonitorFact("spt")]
    public void The_content_itself_is_served_as_it_is() => Assert.Equal(ImgSite.Files[0].Content, shared.Get("/photo.jpg").Body);

    [MonitorFact("spt")]
    public void Results_have_validators_and_ranges()
    {
        HttpReply whole = shared.Get("/photo.jpg?w=210");
        string tag = whole["ETag"]!;
        Assert.Equal(304, shared.Get("/photo.jpg?w=210", $"If-None-Match: {tag}").Status);
        Assert.NotEqual(tag, shared.Get("/photo.jpg?w=211")["ETag"]);
        HttpReply part = shared.Get("/photo.jpg?w=210", "Range: bytes=100-199");
        Assert.Equal(206, part.Status);
        Assert.Equal(whole.Body[100..200], part.Body);
        Assert.Equal(416, shared.Get("/photo.jpg?w=210", "Range: bytes=9999999-").Status);
        Assert.Equal(206, shared.Get("/photo.jpg?w=212", "Range: bytes=0-9").Status);
    }

    [MonitorFact("spt")]
    public async Task The_same_picture_is_made_once_for_all_who_ask_at_once()
    {
        long before = shared.Metric("img_made_total");
        HttpReply[] replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => shared.Get("/photo.jpg?w=333&q=71"))));
        Assert.All(replies, reply => Assert.Equal(replies[0].Body, reply.Body));
        Assert.Equal(before + 1, shared.Metric("img_made_total"));
    }

    [MonitorFact("spt")]
    public void Who_leaves_does_no_harm()
    {
        for (int i = 0; i < 20; i++)
        {
            using Socket socket = shared.Site.Connect();
            socket.Send(Encoding.ASCII.GetBytes($"GET /photo.jpg?w={300 + i}&f=png HTTP/1.1\r\nHost: i\r\n\r\n"));
            socket.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal(200, shared.Get("/photo.jpg?w=299").Status);
        Assert.Equal(0, shared.Metric("img_queue"));
    }

    [MonitorFact("spt")]
    public void With_keys_only_signed_urls_are_served()
    {
        const string yaml = "images:\n  max-pixels: 100000\n  keys:\n    - key: \"6b6579\"\n      salt: \"73616c74\"\n";
        List<(string, byte[])> files = [.. ImgSite.Files, ("uaas-site.yaml", Encoding.ASCII.GetBytes(yaml))];
        using BootedSite site = new(BootedService.Img, "spt", files);
        const string path = "/w:50/plain/drawing.png@jpg";
        string signature = Convert.ToBase64String(HMACSHA256.HashData("key"u8, Encoding.ASCII.GetBytes("salt" + path))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        Assert.Equal(200, ImgSite.Get(site, $"/{signature}{path}", 80).Status);
        Assert.Equal(403, ImgSite.Get(site, $"/unsafe{path}", 80).Status);
        Assert.Equal(403, ImgSite.Get(site, $"/{signature}/w:51/plain/drawing.png@jpg", 80).Status);
        Assert.Equal(403, ImgSite.Get(site, "/drawing.png?w=50", 80).Status);
        Assert.Equal(404, ImgSite.Get(site, "/uaas-site.yaml", 80).Status);
    }

    [MonitorFact("spt")]
    public void A_full_queue_is_told_with_when_to_come_again()
    {
        const string yaml = "images:\n  queue: 1\n";
        using BootedSite site = new(BootedService.Img, "spt", [.. ImgSite.Files, ("uaas-site.yaml", Encoding.ASCII.GetBytes(yaml))]);
        List<Socket> sockets = [.. Enumerable.Range(0, 12).Select(_ => site.Connect())];
        for (int i = 0; i < sockets.Count; i++) sockets[i].Send(Encoding.ASCII.GetBytes($"GET /photo.jpg?w={400 + i}&f=webp HTTP/1.1\r\nHost: i\r\n\r\n"));
        int refused = 0;
        foreach (Socket socket in sockets)
        {
            byte[] head = new byte[1024];
            int count = socket.Receive(head);
            string text = Encoding.ASCII.GetString(head, 0, count);
            if (text.StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal))
            {
                refused++;
                Assert.Contains("Retry-After: 1\r\n", text, StringComparison.Ordinal);
            }

            socket.Dispose();
        }

        Assert.InRange(refused, 1, 11);
    }

    [MonitorTheory("qemu-tcg")]
    [InlineData("/photo.jpg?w=200")]
    public void On_an_emulated_machine_the_result_is_the_same(string target)
    {
        using BootedSite site = new(BootedService.Img, "qemu-tcg", ImgSite.Files);
        Assert.Equal(shared.Get(target).Body, ImgSite.Get(site, target, 80).Body);
    }
}
