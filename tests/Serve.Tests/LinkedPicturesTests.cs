// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Uaas.Host.Tests;
using Uaas.Imaging;
using Uaas.Imaging.Testing;

namespace Uaas.Serve.Tests;

/// <summary>The booted <c>img</c> service makes pictures from those that another service has, over the link that uaas.yaml declares.</summary>
[Trait("Needs", "namespaces, the images of http and img")]
public sealed class LinkedPicturesTests
{
    private const string Deployment = """
        services:
          site: { image: http, content: ./site, route: /, vmm: spt, scale: { min: 0 } }
          images:
            image: img
            content: ./site
            route: { path: /images, strip: true }
            links: { 9000: site }
            vmm: spt
            scale: { min: 1 }
        """;

    [ServiceFact]
    public async Task Sources_come_over_a_link_and_from_nowhere_else()
    {
        await using Served served = await Served.StartFileAsync(Deployment, folder => File.WriteAllBytesAsync(Path.Combine(folder, "site", "photo.jpg"), Picture.Photograph(400, 300).Encode(ImageFormat.Jpeg)));
        // The linked service is at zero: fetching starts it.
        Assert.DoesNotContain(await served.InstancesAsync(), instance => instance.Service == "site");
        using (HttpResponseMessage response = await GetAsync(served, "http://localhost:9000/photo.jpg@webp"))
        {
            byte[] bytes = await response.Content.ReadAsByteArrayAsync();
            Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode} {System.Text.Encoding.Latin1.GetString(bytes)}\n{served.Log}");
            Assert.Equal("image/webp", response.Content.Headers.ContentType!.MediaType);
            Picture picture = Picture.Decode(bytes);
            Assert.Equal((100, 75), (picture.Width, picture.Height));
        }
        // It has answered; that the agent has seen it do so too is told a moment later.
        await served.UntilAsync(instances => instances.Any(instance => instance is { Service: "site", State: "running" }));
        foreach ((string source, HttpStatusCode status) in new[]
        {
            ("http://localhost:9000/none.jpg", HttpStatusCode.NotFound),
            ("http://localhost:9000/index.html", HttpStatusCode.UnsupportedMediaType),
            ("http://localhost:9001/photo.jpg", HttpStatusCode.NotFound),
            ("http://site/photo.jpg", HttpStatusCode.NotFound),
            ("http://10.77.0.1/photo.jpg", HttpStatusCode.NotFound),
        })
        {
            using HttpResponseMessage response = await GetAsync(served, source);
            Assert.Equal((source, status), (source, response.StatusCode));
        }
    }

    private static Task<HttpResponseMessage> GetAsync(Served served, string source) => served.Client.GetAsync(new Uri(served.Url, $"/images/unsafe/w:100/plain/{source}"));
}
