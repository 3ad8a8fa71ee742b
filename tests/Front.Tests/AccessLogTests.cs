// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Uaas.Front.Logging;

namespace Uaas.Front.Tests;

/// <summary>Requests are written down in the form that was asked for, and never wait for it.</summary>
public sealed class AccessLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_line_is_of_the_form_that_was_asked_for()
    {
        AccessEntry entry = Entry("/a?b", "Mozilla/5.0 (X11)");
        Assert.Equal("""192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b HTTP/1.1" 200 2326""", AccessLine.Write(entry, AccessLogFormat.Common));
        Assert.Equal("""192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b HTTP/1.1" 200 2326 "-" "Mozilla/5.0 (X11)" """.TrimEnd(), AccessLine.Write(entry, AccessLogFormat.Combined));
        JsonElement json = JsonDocument.Parse(AccessLine.Write(entry with { Service = "web", Instance = "web-1", HasWaited = true }, AccessLogFormat.Json)).RootElement;
        Assert.Equal("2000-10-10T20:55:36.000Z", json.GetProperty("time").GetString());
        Assert.Equal("/a?b", json.GetProperty("target").GetString());
        Assert.Equal(2326, json.GetProperty("bytes").GetInt64());
        Assert.Equal(1.5, json.GetProperty("duration_ms").GetDouble());
        Assert.Equal("web-1", json.GetProperty("instance").GetString());
        Assert.True(json.GetProperty("waited").GetBoolean());
    }

    [Theory]
    [InlineData("a\" 200 1 \"b", "\\x22")]
    [InlineData("a\nb", "\\x0A")]
    [InlineData("a\\b", "\\x5C")]
    [InlineData("\u001b[31m", "\\x1B")]
    [InlineData("é", "\\xC3\\xA9")]
    public void What_a_client_sends_ends_no_line_and_no_quotation(string text, string written)
    {
        string line = AccessLine.Write(Entry("/", text), AccessLogFormat.Combined);
        Assert.Contains(written, line, StringComparison.Ordinal);
        Assert.Equal(6, line.Count(letter => letter == '"'));
        Assert.DoesNotContain(line, char.IsControl);
        string json = AccessLine.Write(Entry("/", text), AccessLogFormat.Json);
        Assert.DoesNotContain(json, char.IsControl);
        Assert.Equal(text, JsonDocument.Parse(json).RootElement.GetProperty("user_agent").GetString());
    }

    [Theory]
    [InlineData(AccessLogFormat.Combined)]
    [InlineData(AccessLogFormat.Json)]
    public void A_field_that_is_too_long_is_cut(AccessLogFormat format) =>
        Assert.InRange(AccessLine.Write(Entry("/" + new string('a', 100_000), "x"), format).Length, AccessLine.LongestField, AccessLine.LongestField + 400);

    [Fact]
    public async Task A_file_at_its_bound_is_put_aside_and_the_oldest_goes()
    {
        string path = Path.Combine(_folder, "access.log");
        using (var file = new RotatedFile(path, maxBytes: 100, kept: 2))
        {
            for (int i = 0; i < 5; i++)
                file.Write(Encoding.ASCII.GetBytes($"{i}{new string('x', 98)}\n"));
            file.Write("last\n"u8);
        }
        Assert.Equal("last\n", await File.ReadAllTextAsync(path));
        Assert.StartsWith("4x", await File.ReadAllTextAsync(path + ".1"), StringComparison.Ordinal);
        Assert.StartsWith("3x", await File.ReadAllTextAsync(path + ".2"), StringComparison.Ordinal);
        Assert.False(File.Exists(path + ".3"));
    }

    [Fact]
    public async Task A_file_that_another_takes_away_is_begun_anew()
    {
        string path = Path.Combine(_folder, "access.log");
        using var file = new RotatedFile(path, maxBytes: 1000, kept: 1);
        file.Write("one\n"u8);
        File.Move(path, path + ".moved");
        file.Write("two\n"u8);
        Assert.Equal("two\n", await File.ReadAllTextAsync(path));
        Assert.Equal("one\n", await File.ReadAllTextAsync(path + ".moved"));
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_delays_nobody_and_loses_lines_that_are_counted()
    {
        // A pipe without a reader: to open it waits for one.
        string path = Path.Combine(_folder, "pipe");
        using (Process made = Process.Start("mkfifo", path)!)
            await made.WaitForExitAsync();
        await using var log = new AccessLog(new AccessLogOptions { Path = path }, _ => { });
        for (int i = 0; i < 4 * AccessLog.Capacity; i++)
            log.Add(Entry("/", "x"));
        Assert.InRange(log.Lost, AccessLog.Capacity, 3 * AccessLog.Capacity);

        Task<string?> first = Task.Run(() =>
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read));
            string? line = reader.ReadLine();
            while (reader.ReadLine() is not null) { }
            return line;
        });
        await log.DisposeAsync();
        Assert.StartsWith("192.0.2.7", await first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_that_the_disk_does_not_take_are_told_of()
    {
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var log = new AccessLog(new AccessLogOptions { Path = Path.Combine(_folder, "no", "such", "folder") }, text => told.TrySetResult(text), TimeSpan.Zero);
        log.Add(Entry("/", "x"));
        Assert.Contains("1 lines of the access log are lost", await told.Task.WaitAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_are_written_down_with_what_became_of_them()
    {
        string path = Path.Combine(_folder, "access.log");
        await using (var bed = new FrontBed())
        {
            await bed.ServeAsync(context => context.Response.WriteAsync(new string('x', 12_345)), "ROUTE service=web host=* path=/in strip=0");
            await bed.StartAsync(hasTls: false, new AccessLogOptions { Path = path, Format = AccessLogFormat.Json });
            using HttpClient client = new(new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8 });
            client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "café");
            Assert.Equal(12_345, (await client.GetStringAsync(new Uri(bed.Url, "/in?a=%22b"))).Length);
            using HttpResponseMessage head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(bed.Url, "/in")));
            using HttpResponseMessage missing = await client.GetAsync(new Uri(bed.Url, "/out"));
        }
        // A line is written when all of a request is over, which may be after its client has begun another.
        JsonElement[] lines = [.. (await File.ReadAllLinesAsync(path)).Select(line => JsonDocument.Parse(line).RootElement).OrderBy(line => line.GetProperty("status").GetInt32()).ThenBy(line => line.GetProperty("method").GetString(), StringComparer.Ordinal)];
        Assert.Equal([("GET", "/in?a=%22b", 200, 12_345L), ("HEAD", "/in", 200, 0L), ("GET", "/out", 404, 0L)],
            lines.Select(line => (line.GetProperty("method").GetString()!, line.GetProperty("target").GetString()!, line.GetProperty("status").GetInt32(), line.GetProperty("status").GetInt32() == 404 ? 0L : line.GetProperty("bytes").GetInt64())));
        Assert.Equal(("web", "web-1", "127.0.0.1", "café"), (lines[0].GetProperty("service").GetString(), lines[0].GetProperty("instance").GetString(), lines[0].GetProperty("remote").GetString(), lines[0].GetProperty("user_agent").GetString()));
        Assert.False(lines[2].TryGetProperty("instance", out _));
    }

    private static AccessEntry Entry(string target, string userAgent) => new()
    {
        Time = new DateTimeOffset(2000, 10, 10, 13, 55, 36, TimeSpan.FromHours(-7)),
        Remote = "192.0.2.7",
        Method = "GET",
        Target = target,
        Protocol = "HTTP/1.1",
        IsHttps = false,
        Host = "example.org",
        Status = 200,
        Bytes = 2326,
        Duration = TimeSpan.FromMilliseconds(1.5),
        UserAgent = userAgent,
    };
}
