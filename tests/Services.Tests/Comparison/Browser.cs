// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Net.Http;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Services.Tests.Comparison;

/// <summary>What a page has come to in a browser.</summary>
/// <param name="Document">The document as it stands once all is loaded.</param>
/// <param name="Images">How many images it has.</param>
/// <param name="LoadedImages">How many of them have come and could be decoded.</param>
/// <param name="StyleRules">How many rules its style sheets have.</param>
/// <param name="Screenshot">What is seen, as PNG.</param>
internal sealed record LoadedPage(string Document, int Images, int LoadedImages, int StyleRules, byte[] Screenshot);

/// <summary>A Chromium without a window, spoken to by the DevTools protocol.</summary>
internal sealed class Browser : IAsyncDisposable
{
    internal const string Program = "/usr/bin/chromium";

    private const string Greeting = "DevTools listening on ";
    private const int Width = 1000;

    // So high that every image is in view and none waits to be scrolled to.
    private const int Height = 1600;

    private const string Examine = """
        new Promise(loaded => document.readyState === "complete" ? loaded() : addEventListener("load", loaded))
          .then(() => Promise.all([...document.images].map(image => image.decode().catch(() => {}))))
          .then(() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))))
          .then(() => JSON.stringify({
          document: document.documentElement.outerHTML,
          images: document.images.length,
          loadedImages: [...document.images].filter(image => image.naturalWidth > 0).length,
          styleRules: [...document.styleSheets].reduce((sum, sheet) => sum + sheet.cssRules.length, 0),
        }))
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _profile = Directory.CreateTempSubdirectory("uaas-browser-");
    private readonly ClientWebSocket _page = new();
    private readonly CancellationTokenSource _deadline = new(s_patience);
    private readonly Process _process;
    private int _lastCommand;

    private Browser()
    {
        string[] options =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
            $"--user-data-dir={_profile.FullName}", "--remote-debugging-port=0", "about:blank",
        ];
        _process = Process.Start(new ProcessStartInfo(Program, options) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Starts the browser and opens a page.</summary>
    internal static async Task<Browser> StartAsync()
    {
        Browser browser = new();
        try
        {
            Uri control = await browser.ReadAddressAsync();
            using HttpClient client = new();
            JsonArray pages = (await client.GetFromJsonAsync<JsonArray>($"http://{control.Authority}/json/list", browser._deadline.Token))!;
            JsonNode page = Array.Find([.. pages], static page => (string?)page!["type"] == "page")!;
            await browser._page.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), browser._deadline.Token);
            await browser.CommandAsync("Emulation.setDeviceMetricsOverride", new() { ["width"] = Width, ["height"] = Height, ["deviceScaleFactor"] = 1, ["mobile"] = false });
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Loads a page and all that it refers to.</summary>
    internal async Task<LoadedPage> LoadAsync(Uri address)
    {
        await OpenAsync(address);
        JsonNode found = await EvaluateAsync(Examine);

        // Chromium shades the rounded corners of a picture differently from one time to the next, whoever serves it.
        await CommandAsync("Runtime.evaluate", new() { ["expression"] = """document.head.append(Object.assign(document.createElement("style"), { textContent: "img { border-radius: 0 !important }" }))""" });
        JsonNode screenshot = await CommandAsync("Page.captureScreenshot", new() { ["format"] = "png" });
        return new LoadedPage(
            (string)found["document"]!, (int)found["images"]!, (int)found["loadedImages"]!, (int)found["styleRules"]!, Convert.FromBase64String((string)screenshot["data"]!));
    }

    /// <summary>Goes to a page, and does not wait for it.</summary>
    internal async Task OpenAsync(Uri address)
    {
        JsonNode navigation = await CommandAsync("Page.navigate", new() { ["url"] = address.ToString() });
        if (navigation["errorText"] is { } error) throw new IOException($"{address}: {error}");
    }

    /// <summary>Evaluates a script in the page: it, or what it promises, is JSON.</summary>
    internal async Task<JsonNode> EvaluateAsync(string script)
    {
        JsonNode evaluated = await CommandAsync("Runtime.evaluate", new() { ["expression"] = script, ["awaitPromise"] = true });
        return JsonNode.Parse((string?)evaluated["result"]!["value"] ?? throw new IOException(evaluated.ToJsonString()))!;
    }

    public async ValueTask DisposeAsync()
    {
        _page.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _deadline.Dispose();
        _profile.Delete(recursive: true);
    }

    private async Task<Uri> ReadAddressAsync()
    {
        while (await _process.StandardError.ReadLineAsync(_deadline.Token) is { } line)
        {
            if (!line.StartsWith(Greeting, StringComparison.Ordinal)) continue;
            _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null);
            return new Uri(line[Greeting.Length..]);
        }

        throw new IOException("the browser has ended");
    }

    private async Task<JsonNode> CommandAsync(string method, JsonObject? parameters = null)
    {
        int id = ++_lastCommand;
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] });
        await _page.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);
        while (true)
        {
            JsonNode answer = await ReceiveAsync();
            if ((int?)answer["id"] == id) return answer["result"] ?? throw new IOException($"{method}: {answer.ToJsonString()}");
        }
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        using MemoryStream message = new();
        byte[] buffer = new byte[64 * 1024];
        WebSocketReceiveResult part;
        do
        {
            part = await _page.ReceiveAsync(buffer, _deadline.Token);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!;
    }
}
