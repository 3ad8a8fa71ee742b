// SPDX-License-Identifier: Apache-2.0

extern alias packer;

using System.Net;
using System.Text.RegularExpressions;
using packer::Uaas.Host.Images;
using Uaas.Content.Tests.Support;
using Uaas.Demo;

namespace Uaas.Content.Tests.Site;

/// <summary>The demonstration's site, built from this repository as <c>./uaas demo</c> builds it.</summary>
public sealed partial class DemoSiteTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("uaas-demo-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void EveryLinkLeadsSomewhere()
    {
        string site = Path.Combine(_directory.FullName, "site");
        string imagePath = Path.Combine(_directory.FullName, "image");
        int files = DemoSiteBuilder.Build(Repository(), site, largeFileMebibytes: 1);
        Assert.InRange(files, 200, 5000);
        PackResult result = ContentPacker.Pack(new PackOptions { ContentDirectory = site, ImagePath = imagePath });
        Assert.Empty(result.Warnings);
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(new MemoryBlockDevice(File.ReadAllBytes(imagePath)), 1 << 20, out ContentImage? image));

        SiteClient client = new(image!);
        HashSet<string> seen = ["/"];
        Queue<(string Page, string Link)> links = new([("", "/")]);
        while (links.TryDequeue(out (string Page, string Link) next))
        {
            SiteResponse response = client.Get(next.Link);
            Assert.True(response.Status is 200 or 301, $"{next.Page} links to {next.Link}: {response.Status}");
            if (response["Content-Type"]?.StartsWith("text/html", StringComparison.Ordinal) != true || next.Link.StartsWith("/source/", StringComparison.Ordinal))
            {
                continue;
            }

            foreach (Match match in LinkPattern().Matches(response.Text))
            {
                Uri target = new(new Uri($"http://site{next.Link}"), WebUtility.HtmlDecode(match.Groups[1].Value));
                if (target.Host == "site" && seen.Add(target.AbsolutePath))
                {
                    links.Enqueue((next.Link, target.AbsolutePath));
                }
            }
        }

        Assert.Contains("/docs/architecture.html", seen);
        Assert.Contains("/gallery/julia-24.png", seen);
        Assert.Contains("/download/large.bin", seen);
        Assert.Contains("\"./src/\"", client.Get("/source/").Text);
    }

    [Fact]
    public void AForeignDirectoryIsLeftAlone()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "precious"), "");
        Assert.Throws<IOException>(() => DemoSiteBuilder.Build(Repository(), _directory.FullName));
        Assert.True(File.Exists(Path.Combine(_directory.FullName, "precious")));
    }

    private static string Repository()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !Directory.Exists(Path.Combine(directory, "samples", "demo-site")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("the tests run outside the repository");
    }

    [GeneratedRegex("(?:href|src)=\"([^\"]+)\"")]
    private static partial Regex LinkPattern();
}
