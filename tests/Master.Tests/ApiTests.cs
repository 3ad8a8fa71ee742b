// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Uaas.Master.Storage;

namespace Uaas.Master.Tests;

/// <summary>The API, word for word as docs/serve.md has it.</summary>
public sealed class ApiTests
{
    [Fact]
    public async Task The_socket_is_its_users_alone_and_allows_everything()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        if (OperatingSystem.IsLinux())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(bed.SocketPath));
        Assert.Equal(HttpStatusCode.OK, (await bed.ApplyAsync()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await bed.Client.GetAsync("/v1/tokens")).StatusCode);
    }

    [Theory]
    [InlineData(null, 401, 401, 401)]
    [InlineData("read", 200, 403, 403)]
    [InlineData("deploy", 200, 200, 403)]
    [InlineData("admin", 200, 200, 200)]
    public async Task Over_TCP_a_token_allows_what_its_role_does(string? role, int look, int change, int tokens)
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        using HttpClient client = bed.Tcp(role is null ? null : await bed.TokenAsync("it", role));
        Assert.Equal(200, (int)(await client.GetAsync("/v1/health")).StatusCode);
        foreach (string path in new[] { "/v1/services", "/v1/instances", "/v1/events", "/metrics", "/openapi.json" })
            Assert.Equal((path, look), (path, (int)(await client.GetAsync(path)).StatusCode));
        Assert.Equal(change, (int)(await bed.ApplyAsync(client: client)).StatusCode);
        Assert.Equal(change, (int)(await bed.SendAsync(HttpMethod.Patch, "/v1/namespaces/default/services/web/scale", """{"max":3}""", client: client)).StatusCode);
        Assert.Equal(tokens, (int)(await client.GetAsync("/v1/tokens")).StatusCode);
        foreach (string path in new[] { "/v1/tokens", "/V1/Tokens" })
            Assert.Equal(tokens, (int)(await bed.SendAsync(HttpMethod.Post, path, $$"""{"name":"other{{path[1]}}","role":"read"}""", client: client)).StatusCode);
    }

    [Fact]
    public async Task The_image_that_is_wanted_is_in_use_and_those_to_go_back_to_are_kept()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        await ApplyAsync("shop:1");
        Assert.Equal(["shop:1"], bed.HeldImages.Used);
        Assert.Empty(bed.HeldImages.Remembered);
        await ApplyAsync("shop:2");
        Assert.Equal(["shop:2"], bed.HeldImages.Used);
        Assert.Equal(["shop:1"], bed.HeldImages.Remembered);
        await bed.SendAsync(HttpMethod.Post, "/v1/namespaces/default/services/web/undo", "{}");
        Assert.Equal(["shop:1"], bed.HeldImages.Used);
        await bed.SendAsync(HttpMethod.Delete, "/v1/namespaces/default/services/web");
        Assert.Empty(bed.HeldImages.Used);
        Assert.Empty(bed.HeldImages.Remembered);

        async Task ApplyAsync(string image)
        {
            using HttpResponseMessage answer = await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", $$$"""{"services":[{"name":"web","image":{"kind":"reference","value":"{{{image}}}"}}]}""");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Who_goes_back_keeps_the_scale_and_leaves_a_route_to_the_service_that_has_it_by_now()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        await ApplyAsync("""{"name":"web","image":{"kind":"reference","value":"shop:1"},"routes":[{"path":"/x"}]}""");
        await ApplyAsync("""{"name":"web","image":{"kind":"reference","value":"shop:2"},"routes":[{"path":"/y"}]},{"name":"other","image":{"kind":"reference","value":"shop:2"},"routes":[{"path":"/x"}]}""");
        await bed.SendAsync(HttpMethod.Patch, "/v1/namespaces/default/services/web/scale", """{"max":3}""");
        await bed.SendAsync(HttpMethod.Post, "/v1/namespaces/default/services/web/undo", "{}");
        JsonNode web = JsonNode.Parse(await bed.Client.GetStringAsync("/v1/namespaces/default/services/web"))!;
        Assert.Equal(("shop:1", 3, "*/y"), ((string?)web["image"], (int)web["max"]!, (string?)web["routes"]![0]));

        async Task ApplyAsync(string services)
        {
            using HttpResponseMessage answer = await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", $$"""{"services":[{{services}}]}""");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("Bearer 0000")]
    [InlineData("Bearer ")]
    [InlineData("Basic dTpw")]
    public async Task What_is_no_token_is_told_how_to_have_one(string authorization)
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        using HttpClient client = bed.Tcp();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/services");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        await IsProblemAsync(response, 401, "unauthorized", "uaas token create");
    }

    [Fact]
    public async Task A_token_is_nowhere_at_rest_and_ends_when_it_is_taken_out()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        using HttpResponseMessage made = await bed.SendAsync(HttpMethod.Post, "/v1/tokens", """{"name":"ci","role":"deploy"}""", key: "once");
        string token = (string)(await ApiBed.ReadAsync(made))["token"]!;
        foreach (string file in Directory.EnumerateFiles(bed.Folder, "uaas.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain(token, await reader.ReadToEndAsync(), StringComparison.Ordinal);
        }
        Assert.DoesNotContain(token, await bed.Client.GetStringAsync("/v1/tokens"), StringComparison.Ordinal);
        using HttpClient client = bed.Tcp(token);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/services")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await bed.Client.DeleteAsync("/v1/tokens/ci")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/services")).StatusCode);
    }

    [Fact]
    public async Task Failures_say_what_to_do()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        await IsProblemAsync(await bed.Client.GetAsync("/v1/namespaces/default/services/none"), 404, "not-found", "uaas services");
        await IsProblemAsync(await bed.Client.GetAsync("/v2"), 404, "not-found", "openapi.json");
        await IsProblemAsync(await bed.Client.DeleteAsync("/v1/health"), 405, "method-not-allowed", "openapi.json");
        await IsProblemAsync(await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", "{"), 400, "bad-request", "openapi.json");
        await IsProblemAsync(await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/other", """{"namespace":"default","services":[]}"""), 400, "bad-request", "its own namespace");
        await IsProblemAsync(await bed.Client.PutAsync("/v1/namespaces/default", new StringContent("x", Encoding.UTF8, "text/plain")), 415, "unsupported-media-type", "application/json");
        JsonNode wrong = await IsProblemAsync(await bed.ApplyAsync("No Name"), 422, "configuration", "uaas-yaml.md");
        Assert.Contains("lower-case letters", (string)wrong["detail"]!, StringComparison.Ordinal);
        Assert.Equal("[]", await bed.Client.GetStringAsync("/v1/services"));
    }

    [Fact]
    public async Task What_is_left_out_is_as_by_default_and_what_is_unknown_is_refused()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/acme", """{"services":[{"name":"web","image":{"kind":"reference","value":"shop:1"},"routes":[{"host":"a.test"}],"scale":{"min":1}}]}""")).StatusCode);
        JsonNode service = await ApiBed.ReadAsync(await bed.Client.GetAsync("/v1/namespaces/acme/services/web"));
        Assert.Equal((1, 10, "a.test/"), ((int)service["min"]!, (int)service["max"]!, (string)service["routes"]![0]!));
        await IsProblemAsync(await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/acme", """{"services":[],"limts":{}}"""), 400, "bad-request", "openapi.json");
        await IsProblemAsync(await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/acme", """{"services":[],"tls":null}"""), 400, "bad-request", "openapi.json");
        await IsProblemAsync(await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/acme", """{"services":null}"""), 400, "bad-request", "openapi.json");
        await IsProblemAsync(await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/acme", "[]"), 400, "bad-request", "openapi.json");
        Assert.Single((await ApiBed.ReadAsync(await bed.Client.GetAsync("/v1/services"))).AsArray());
    }

    [Fact]
    public async Task Certificates_are_checked_and_said_to_be_of_no_use_where_nothing_serves_HTTPS()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        string path = Path.Combine(bed.Folder, "one.pem");
        string body = $$$"""{"services":[],"tls":{"certificates":[{"certificate":"{{{path}}}","key":"{{{path}}}"}]}}""";
        await File.WriteAllTextAsync(path, "no certificate");
        await IsProblemAsync(await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", body), 422, "configuration", "PEM");
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=one.test", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        using HttpResponseMessage response = await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", body);
        Assert.Contains("--https-port", (string)(await ApiBed.ReadAsync(response))["warnings"]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_said()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        using HttpResponseMessage response = await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", """{"services":[{"name":"tv","image":{"kind":"reference","value":"flv:1"},"ports":{"tcp":[{"name":"rtmp","listen":1935,"port":1935}]}}]}""");
        Assert.Equal("services.tv.ports.rtmp: this daemon does not listen on 1935: start it with --tcp 1935", (string)(await ApiBed.ReadAsync(response))["warnings"]![0]!);
    }

    [Fact]
    public async Task A_service_that_has_changed_since_is_not_overwritten()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        using HttpResponseMessage applied = await bed.ApplyAsync();
        string ofNamespace = applied.Headers.ETag!.Tag;
        const string service = "/v1/namespaces/default/services/web";
        string read = (await bed.Client.GetAsync(service)).Headers.ETag!.Tag;
        Assert.Equal(HttpStatusCode.OK, (await bed.SendAsync(HttpMethod.Patch, service + "/scale", """{"max":3}""", ifMatch: read)).StatusCode);
        await IsProblemAsync(await bed.SendAsync(HttpMethod.Patch, service + "/scale", """{"max":4}""", ifMatch: read), 412, "conflict", "If-Match");
        JsonNode now = await ApiBed.ReadAsync(await bed.Client.GetAsync(service));
        Assert.Equal(3, (int)now["max"]!);
        Assert.Equal(HttpStatusCode.OK, (await bed.SendAsync(HttpMethod.Patch, service + "/scale", """{"max":5}""", ifMatch: "*")).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await bed.ApplyAsync("other", ifMatch: ofNamespace)).StatusCode);
        await IsProblemAsync(await bed.ApplyAsync("third", ifMatch: ofNamespace), 412, "conflict", "If-Match");
        Assert.Equal("other", (string)(await ApiBed.ReadAsync(await bed.Client.GetAsync("/v1/services")))[0]!["name"]!);
    }

    [Theory]
    [InlineData("POST", "/restart")]
    [InlineData("POST", "/undo")]
    [InlineData("DELETE", "")]
    public async Task Nor_is_one_that_has_changed_since_restarted_taken_back_or_taken_out(string method, string path)
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        await bed.ApplyAsync();
        const string service = "/v1/namespaces/default/services/web";
        Assert.Equal(HttpStatusCode.NoContent, (await bed.SendAsync(HttpMethod.Post, service + "/restart")).StatusCode);
        string read = (await bed.Client.GetAsync(service)).Headers.ETag!.Tag;
        Assert.Equal(HttpStatusCode.OK, (await bed.SendAsync(HttpMethod.Patch, service + "/scale", """{"max":3}""")).StatusCode);
        string now = await bed.Client.GetStringAsync(service);
        string? body = path == "/undo" ? "{}" : null;
        await IsProblemAsync(await bed.SendAsync(new HttpMethod(method), service + path, body, ifMatch: read), 412, "conflict", "If-Match");
        Assert.Equal(now, await bed.Client.GetStringAsync(service));
        string latest = (await bed.Client.GetAsync(service)).Headers.ETag!.Tag;
        Assert.True((await bed.SendAsync(new HttpMethod(method), service + path, body, ifMatch: latest)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_restart_runs_what_was_applied_whatever_has_become_of_the_files_and_an_apply_takes_them_up()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        string page = Path.Combine(Directory.CreateDirectory(Path.Combine(bed.Folder, "site")).FullName, "index.html");
        await File.WriteAllTextAsync(page, "first");
        const string service = "/v1/namespaces/default/services/web";
        string body = $$"""{"services":[{"name":"web","image":{"kind":"reference","value":"shop:1"},"content":"{{Path.GetDirectoryName(page)}}"}]}""";
        Assert.Equal(HttpStatusCode.OK, (await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", body)).StatusCode);
        await File.WriteAllTextAsync(page, "second");
        Assert.Equal(HttpStatusCode.NoContent, (await bed.SendAsync(HttpMethod.Post, service + "/restart")).StatusCode);
        StoredRevision[] revisions = [.. bed.Store.Revisions()];
        Assert.Equal([1, 2], revisions.Select(revision => revision.Number));
        Assert.Equal(revisions[0].Template.Blocks.Single().Path, revisions[1].Template.Blocks.Single().Path);
        Assert.Contains("\"updated\":[\"web\"]", await (await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", body)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotEqual(revisions[1].Template.Blocks.Single().Path, bed.Store.Revisions()[^1].Template.Blocks.Single().Path);
        Assert.Equal(HttpStatusCode.NoContent, (await bed.SendAsync(HttpMethod.Post, service + "/restart")).StatusCode);
        Assert.Contains("\"unchanged\":[\"web\"]", await (await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", body)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_that_is_written_again_as_it_was_is_no_new_revision_and_stays_as_old_as_it_is()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        string page = Path.Combine(Directory.CreateDirectory(Path.Combine(bed.Folder, "site")).FullName, "index.html");
        string body = $$"""{"services":[{"name":"web","image":{"kind":"reference","value":"shop:1"},"content":"{{Path.GetDirectoryName(page)}}"}]}""";
        byte[]? packed = null;
        for (int hour = 0; hour < 2; hour++)
        {
            await File.WriteAllTextAsync(page, "the same");
            File.SetLastWriteTimeUtc(page, new DateTime(2026, 1, 1, hour, 0, 0, DateTimeKind.Utc));
            string word = hour == 0 ? "created" : "unchanged";
            Assert.Contains($"\"{word}\":[\"web\"]", await (await bed.SendAsync(HttpMethod.Put, "/v1/namespaces/default", body)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
            byte[] now = await File.ReadAllBytesAsync(Assert.Single(bed.Store.Revisions()).Template.Blocks.Single().Path);
            Assert.Equal(packed ??= now, now);
        }
        Assert.Single(Directory.GetFiles(Path.Combine(bed.Folder, "content")));
    }

    [Fact]
    public async Task One_that_is_sent_again_while_the_first_is_under_way_is_done_once_too()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        await bed.ApplyAsync();
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bed.SendAsync(HttpMethod.Post, "/v1/namespaces/default/services/web/restart", key: "k")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode));
        Assert.Equal(2, bed.Store.Revisions().Count);
    }

    [Fact]
    public async Task A_change_waits_for_no_change_with_another_key()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        SemaphoreSlim slow = bed.Services.TurnOf("slow");
        string other = Enumerable.Range(0, 1000).Select(i => $"k{i}").First(key => bed.Services.TurnOf(key) != slow);
        await slow.WaitAsync();
        Assert.Equal(HttpStatusCode.OK, (await bed.ApplyAsync(key: other).WaitAsync(TimeSpan.FromSeconds(30))).StatusCode);
        slow.Release();
    }

    [Fact]
    public async Task A_change_that_is_sent_again_is_done_once_and_answered_alike()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        using HttpResponseMessage answer = await bed.ApplyAsync(key: "k1");
        string first = await answer.Content.ReadAsStringAsync();
        Assert.NotNull(answer.Headers.ETag);
        Assert.Equal(answer.Headers.ETag, (await bed.ApplyAsync(key: "k1")).Headers.ETag);
        Assert.Contains("\"created\":[\"web\"]", first, StringComparison.Ordinal);
        Assert.Equal(first, await (await bed.ApplyAsync(key: "k1")).Content.ReadAsStringAsync());
        Assert.Contains("\"unchanged\":[\"web\"]", await (await bed.ApplyAsync(key: "k2")).Content.ReadAsStringAsync(), StringComparison.Ordinal);

        const string restart = "/v1/namespaces/default/services/web/restart";
        for (int i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.NoContent, (await bed.SendAsync(HttpMethod.Post, restart, key: "k3")).StatusCode);
        Assert.Equal(2, (await ApiBed.ReadAsync(await bed.Client.GetAsync("/v1/namespaces/default/services/web")))["revisions"]!.AsArray().Count);
        await IsProblemAsync(await bed.ApplyAsync("other", key: "k1"), 409, "conflict", "a key for each request");
        await IsProblemAsync(await bed.ApplyAsync(key: new string('k', 129)), 400, "bad-request", "another key");

        // What failed is tried anew.
        Assert.Equal(422, (int)(await bed.ApplyAsync("No Name", key: "k4")).StatusCode);
        Assert.Equal(422, (int)(await bed.ApplyAsync("No Name", key: "k4")).StatusCode);
    }

    [Fact]
    public async Task Events_come_as_they_happen()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        using HttpResponseMessage response = await bed.SendAsync(HttpMethod.Get, "/v1/events?follow=true");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        bed.History.Add("web", "web-1", "crashed", "a reason\nwith two lines");
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        string? id = null;
        while (await reader.ReadLineAsync(late.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line["id: ".Length..];
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            JsonNode data = JsonNode.Parse(line["data: ".Length..])!;
            if ((string)data["kind"]! != "crashed")
                continue;
            Assert.Equal(("web-1", "a reason\nwith two lines", id), ((string)data["instance"]!, (string)data["message"]!, data["id"]!.ToString()));
            return;
        }
        Assert.Fail("the stream ended");
    }

    [Fact]
    public async Task The_description_is_valid_and_whole()
    {
        await using ApiBed bed = await ApiBed.StartAsync();
        string text = await bed.Client.GetStringAsync("/openapi.json");
        ReadResult read = OpenApiDocument.Parse(text, "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        string[] expected =
        [
            "GET /v1/health", "PUT /v1/namespaces/{owner}", "GET /v1/services", "GET /v1/instances", "DELETE /v1/instances/{name}", "GET /v1/namespaces/{owner}/services/{name}",
            "DELETE /v1/namespaces/{owner}/services/{name}", "PATCH /v1/namespaces/{owner}/services/{name}/scale", "POST /v1/namespaces/{owner}/services/{name}/restart",
            "POST /v1/namespaces/{owner}/services/{name}/undo", "GET /v1/namespaces/{owner}/services/{name}/logs", "GET /v1/events", "GET /v1/tokens", "POST /v1/tokens", "DELETE /v1/tokens/{name}", "GET /metrics",
        ];
        JsonObject paths = JsonNode.Parse(text)!["paths"]!.AsObject();
        HashSet<string> described = [.. paths.SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"))];
        Assert.Empty(expected.Except(described));
        foreach ((string path, JsonNode? operations) in paths)
        {
            foreach ((string method, JsonNode? operation) in operations!.AsObject())
            {
                Assert.False(string.IsNullOrEmpty((string?)operation!["summary"]), $"{method} {path} has no summary");
                JsonObject responses = operation["responses"]!.AsObject();
                Assert.True(responses.Any(response => response.Key.StartsWith('2')), $"{method} {path} has no answer");
                Assert.True(responses["default"]!["content"]!.AsObject().ContainsKey("application/problem+json"), $"{method} {path} has no problems");
            }
        }
        const string service = "/v1/namespaces/{owner}/services/{name}";
        foreach ((string path, string method) in new[] { ("/v1/namespaces/{owner}", "put"), (service, "delete"), (service + "/scale", "patch"), (service + "/restart", "post"), (service + "/undo", "post") })
            Assert.Contains(paths[path]![method]!["parameters"]!.AsArray(), parameter => (string)parameter!["name"]! == "If-Match");
        Assert.Contains(paths[service + "/restart"]!["post"]!["parameters"]!.AsArray(), parameter => (string)parameter!["name"]! == "Idempotency-Key");
        Assert.DoesNotContain(paths["/v1/tokens"]!["post"]!["parameters"]?.AsArray() ?? [], parameter => (string)parameter!["name"]! == "Idempotency-Key");
        Assert.Equal("bearer", (string)JsonNode.Parse(text)!["components"]!["securitySchemes"]!["bearer"]!["scheme"]!);
    }

    private static async Task<JsonNode> IsProblemAsync(HttpResponseMessage response, int status, string kind, string remedy)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonNode problem = JsonNode.Parse(text)!;
        Assert.Equal((status, $"urn:uaas:problem:{kind}"), ((int)problem["status"]!, (string)problem["type"]!));
        Assert.Contains(remedy, (string)problem["remedy"]!, StringComparison.Ordinal);
        return problem;
    }
}
