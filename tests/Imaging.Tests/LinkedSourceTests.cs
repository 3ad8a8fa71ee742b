// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Http.Tests.Support;
using Uaas.Imaging.Serving;
using Uaas.Imaging.Testing;

namespace Uaas.Imaging.Tests;

/// <summary>Pictures whose sources another service has, over the guest's own TCP.</summary>
[Collection("codecs")]
public sealed class LinkedSourceTests
{
    private const string Photo = "/unsafe/w:20/plain/http://localhost:9000/photo.jpg";

    private static readonly byte[] s_photo = Picture.Photograph(80, 60).Encode(ImageFormat.Jpeg);
    private static readonly byte[] s_other = Picture.Photograph(80, 60, seed: 2).Encode(ImageFormat.Jpeg);

    [Theory]
    [InlineData("/unsafe/w:20/plain/http://localhost:9000/photo.jpg", "/photo.jpg")]
    [InlineData("/unsafe/w:20/plain/HTTP://127.0.0.1:9000/a/b.jpg@png", "/a/b.jpg")]
    [InlineData("/unsafe/w:20/plain/http://LocalHost:9000", "/")]
    [InlineData("/unsafe/w:20/plain/http%3A%2F%2Flocalhost%3A9000%2Fa%20b%3Fx%3D1%26y%3D%25%C3%A4", "/a%20b?x=1&y=%%C3%A4")]
    [InlineData("/unsafe/w:20/aHR0cDovL2xvY2FsaG9zdDo5MDAwL3Bob3RvLmpwZw.png", "/photo.jpg")]
    public void A_source_is_fetched_from_the_linked_service(string target, string path)
    {
        LinkedBed bed = new(_ => LinkedBed.Answer(s_photo));
        Reply reply = bed.Get(target);
        Assert.Equal(200, reply.Status);
        Picture picture = Picture.Decode(reply.Body);
        Assert.Equal((20, 15), (picture.Width, picture.Height));
        Assert.Equal($"GET {path} HTTP/1.1\r\nHost: localhost:9000\r\nAccept: image/*\r\nConnection: close\r\n\r\n", Assert.Single(bed.Service.Requests));
    }

    [Theory]
    [InlineData("http://localhost:9002/photo.jpg")]
    [InlineData("http://localhost/photo.jpg")]
    [InlineData("http://10.0.0.1:9000/photo.jpg")]
    [InlineData("http://pages/photo.jpg")]
    [InlineData("http://localhost.example:9000/photo.jpg")]
    [InlineData("http://user%40localhost:9000/photo.jpg")]
    [InlineData("http://127.0.0.2:9000/photo.jpg")]
    [InlineData("https://localhost:9000/photo.jpg")]
    [InlineData("file:///etc/passwd")]
    public void No_other_address_is_asked(string source)
    {
        LinkedBed bed = new(_ => LinkedBed.Answer(s_photo));
        Reply reply = bed.Get($"/unsafe/w:20/plain/{source}");
        Assert.Equal(404, reply.Status);
        Assert.Contains("sources are files of this service's content", reply.Text, StringComparison.Ordinal);
        Assert.Empty(bed.Service.Requests);
        Assert.Equal(0, bed.Service.Connections);
    }

    [Theory]
    [InlineData("http://localhost:0/a")]
    [InlineData("http://localhost:65536/a")]
    [InlineData("http://localhost:x/a")]
    [InlineData("http://localhost:9000/a%23b")]
    [InlineData("http://localhost:9000/a%0d%0ab")]
    public void A_source_that_cannot_be_is_400(string source)
    {
        LinkedBed bed = new(_ => LinkedBed.Answer(s_photo));
        Assert.Equal(400, bed.Get($"/unsafe/w:20/plain/{source}").Status);
        Assert.Equal(0, bed.Service.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404)]
    [InlineData("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", 404)]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", 502)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n", 502)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort\0", 502)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n", 502)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 502)]
    [InlineData("garbage\r\n\r\n", 502)]
    [InlineData(null, 502)]
    [InlineData("", 504)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nstuck", 504)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", 422)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nthis is no picture..", 415)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 415)]
    public void What_goes_wrong_is_told(string? answer, int status)
    {
        LinkedBed bed = new(_ => answer);
        double before = bed.Now;
        Assert.Equal(status, bed.Get(Photo).Status);
        Assert.InRange(bed.Now - before, status == 504 ? 9.9 : 0, status == 504 ? 10.1 : 1);
        Assert.Single(bed.Service.Requests);
    }

    [Fact]
    public void Nobody_there_and_no_such_service_are_502()
    {
        Assert.Equal(502, new LinkedBed(_ => null, listens: false).Get(Photo).Status);
        Assert.Equal(502, new LinkedBed(_ => null).Get("/unsafe/w:20/plain/http://localhost:9001/photo.jpg").Status);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n")]
    public void A_source_without_end_is_cut_off_at_the_bound(string head)
    {
        LinkedBed bed = new(_ => head + new string('x', 200_000), resultBytes: 256 << 10);
        Assert.Equal(422, bed.Get(Photo).Status);
        Assert.InRange(bed.Images.ResultBytes, 0, 4096);
    }

    [Fact]
    public void Who_asks_at_the_same_time_shares_the_fetch_and_the_result()
    {
        LinkedBed bed = new(_ => LinkedBed.Answer(s_photo));
        TestTransport[] clients = [bed.Ask(Photo), bed.Ask(Photo), bed.Ask(Photo.Replace("w:20", "w:30", StringComparison.Ordinal)), bed.Ask(Photo, "Accept: image/webp")];
        List<Reply> replies = bed.Answered(clients);
        Assert.All(replies, static reply => Assert.Equal(200, reply.Status));
        Assert.Equal(replies[0].Body, replies[1].Body);
        Assert.Equal(["image/jpeg", "image/jpeg", "image/jpeg", "image/webp"], replies.Select(static reply => reply["Content-Type"]));
        Assert.Single(bed.Service.Requests);
        Assert.Equal(3, bed.Images.Counters.Made);
        Assert.Equal(1, bed.Images.Counters.Fetched);
    }

    [Fact]
    public void A_source_is_asked_for_again_when_it_is_no_longer_fresh_and_made_anew_when_it_has_changed()
    {
        LinkedBed bed = new(n => LinkedBed.Answer(n < 2 ? s_photo : s_other), "source-age 60\n");
        string? first = bed.Get(Photo)["ETag"];
        bed.Pass(59);
        Assert.Equal(first, bed.Get(Photo)["ETag"]);
        Assert.Single(bed.Service.Requests);
        bed.Pass(2);
        Assert.Equal(first, bed.Get(Photo)["ETag"]);
        Assert.Equal((2, 1), (bed.Service.Requests.Count, bed.Images.Counters.Made));
        bed.Pass(61);
        Assert.NotEqual(first, bed.Get(Photo)["ETag"]);
        Assert.Equal((3, 2), (bed.Service.Requests.Count, bed.Images.Counters.Made));
    }

    [Fact]
    public void A_client_that_has_the_result_is_told_so_whether_or_not_the_source_must_be_fetched()
    {
        LinkedBed bed = new(_ => LinkedBed.Answer(s_photo));
        Reply first = bed.Get(Photo);
        Assert.Equal(304, bed.Get(Photo, $"If-None-Match: {first["ETag"]}").Status);
        Assert.Equal(206, bed.Get(Photo, "Range: bytes=0-9").Status);
        bed.Pass(61);
        Assert.Equal(304, bed.Get(Photo, $"If-None-Match: {first["ETag"]}").Status);
        bed.Pass(61);
        Reply part = bed.Get(Photo, "Range: bytes=10-19");
        Assert.Equal(206, part.Status);
        Assert.Equal(first.Body[10..20], part.Body);
        Assert.Equal((3, 1), (bed.Service.Requests.Count, bed.Images.Counters.Made));
    }

    [Fact]
    public void A_failure_is_remembered_for_a_second()
    {
        LinkedBed bed = new(n => n == 0 ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" : LinkedBed.Answer(s_photo));
        Assert.Equal(404, bed.Get(Photo).Status);
        Assert.Equal(404, bed.Get(Photo).Status);
        Assert.Single(bed.Service.Requests);
        bed.Pass(1.1);
        Assert.Equal(200, bed.Get(Photo).Status);
    }

    [Fact]
    public void Too_many_at_a_time_are_told_when_to_come_again_and_who_leaves_makes_room()
    {
        LinkedBed bed = new(_ => "", "queue 2\n");
        List<TestTransport> clients = [];
        for (int i = 0; i < LinkedSources.MaxFetches + 2; i++)
        {
            clients.Add(bed.Ask($"{Photo}{i}"));
            bed.Pass(0.05);
        }

        Assert.Equal(LinkedSources.MaxFetches, bed.Service.Requests.Count);
        Reply refused = bed.Get(Photo);
        Assert.Equal((503, "1"), (refused.Status, refused["Retry-After"]));
        clients[^1].Close();
        TestTransport next = bed.Ask(Photo);
        bed.Pass(1);
        Assert.Empty(next.Received);
        Assert.All(bed.Answered([.. clients[..^1], next]), static reply => Assert.Equal(504, reply.Status));
        bed.Pass(30);
        Assert.Equal(LinkedSources.MaxFetches + 2, bed.Service.Requests.Count); // the one that waited, and the last; not the one that left
    }

    [Fact]
    public void Memory_is_bounded_over_many_sources()
    {
        const int bytes = 512 << 10;
        LinkedBed bed = new(n => LinkedBed.Answer([.. Picture.Photograph(160, 120, seed: n).Encode(ImageFormat.Png), .. Enumerable.Repeat((byte)1, 60_000)]), resultBytes: bytes);
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal(200, bed.Get($"{Photo}{i}").Status);
            Assert.InRange(bed.Images.ResultBytes, 1, bytes);
        }

        Assert.True(bed.Images.Evictions > 0);
    }
}
