// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Text.Json;
using System.Threading.Tasks;
using Uaas.Front.Tests;
using Uaas.Host.Tests;

namespace Uaas.Serve.Tests;

/// <summary>HTTPS, the way to it, and the access log, by <c>uaas up</c>.</summary>
[Trait("Needs", "namespaces, the http image")]
public sealed class HttpsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-https-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceFact]
    public async Task Certificates_of_uaas_yaml_are_shown_and_renewed_and_requests_are_written_down()
    {
        Certificates.Write(_folder, "site", "before", "site.test");
        string log = Path.Combine(_folder, "access.log");
        await using Served served = await Served.StartAsync("min: 0", Tls("site"), null, "--https-port", "0", "--access-log", log, "--access-log-format", "json", "--log-format", "json");
        var https = new Uri((await served.LineAsync("https "))["https ".Length..]);
        string shown = "";
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            SslOptions = new SslClientAuthenticationOptions
            {
                TargetHost = "site.test",
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    shown = certificate!.Subject;
                    return true;
                },
            },
        });
        Assert.Equal("<p>from zero", await client.GetStringAsync(https));
        Assert.Equal("CN=before", shown);
        using HttpResponseMessage plain = await client.GetAsync(new Uri(served.Url, "/a?b"));
        Assert.Equal(HttpStatusCode.PermanentRedirect, plain.StatusCode);
        Assert.Equal(new Uri(https, "/a?b"), plain.Headers.Location);

        Certificates.Write(_folder, "site", "after", "site.test");
        await served.UntilAsync(async () =>
        {
            await client.GetStringAsync(https);
            return shown == "CN=after";
        }, "the renewed certificate is not shown");

        // A certificate that is none is refused whole, and the one that is shown stays.
        await File.WriteAllTextAsync(Path.Combine(_folder, "broken.pem"), "no certificate");
        await File.WriteAllTextAsync(Path.Combine(_folder, "broken.key"), "no key");
        (int code, _, string errors) = await served.ApplyAsync("min: 0", "<p>from zero", Tls("broken"));
        Assert.True(code != 0 && errors.Contains("is no certificate with its key", StringComparison.Ordinal), errors);
        Assert.Equal("<p>from zero", await client.GetStringAsync(https));

        Assert.Equal(0, await served.EndAsync("INT"));
        JsonElement[] said = [.. served.Log.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Contains(said, line => line.GetProperty("kind").GetString() == "placed" && line.GetProperty("service").GetString() == "site" && line.GetProperty("level").GetString() == "info");
        Assert.Contains(said, line => line.GetProperty("kind").GetString() == "certificate");
        JsonElement[] lines = [.. (await File.ReadAllLinesAsync(log)).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Contains(lines, line => line.GetProperty("scheme").GetString() == "https" && line.TryGetProperty("waited", out JsonElement waited) && waited.GetBoolean());
        Assert.Contains(lines, line => line.GetProperty("scheme").GetString() == "http" && line.GetProperty("status").GetInt32() == 308);
    }

    private string Tls(string name) => $$"""
        tls:
          certificates: [ { certificate: {{_folder}}/{{name}}.pem, key: {{_folder}}/{{name}}.key } ]
          redirect: true
        """;
}
