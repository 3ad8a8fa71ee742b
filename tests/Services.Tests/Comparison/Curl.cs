// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;

namespace Uaas.Services.Tests.Comparison;

/// <summary>One request of curl's.</summary>
/// <param name="Path">The path, escaped.</param>
/// <param name="Head">Whether it is a HEAD.</param>
/// <param name="Fields">Its own header fields.</param>
internal sealed record CurlRequest(string Path, bool Head, params string[] Fields);

/// <summary>Sends requests with curl: all of them in a row, by one process.</summary>
internal static class Curl
{
    internal const string Program = "/usr/bin/curl";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>The answers, in their order.</summary>
    internal static async Task<List<HttpReply>> AskAsync(Uri site, IReadOnlyList<CurlRequest> requests)
    {
        // --path-as-is: what is asked for is what is sent.
        ProcessStartInfo start = new(Program, ["--config", "-"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process curl = Process.Start(start)!;
        using MemoryStream received = new();
        Task reading = curl.StandardOutput.BaseStream.CopyToAsync(received);
        await curl.StandardInput.WriteAsync(string.Join("next\n", requests.Select(request => Configuration(site, request))));
        curl.StandardInput.Close();
        await Task.WhenAll(reading, curl.WaitForExitAsync()).WaitAsync(s_patience);
        if (curl.ExitCode != 0) throw new IOException($"curl ends with {curl.ExitCode} after {HttpReply.ReadAll(received.ToArray()).Count} answers");
        return HttpReply.ReadAll(received.ToArray(), [.. requests.Index().Where(request => request.Item.Head).Select(request => request.Index)]);
    }

    private static string Configuration(Uri site, CurlRequest request)
    {
        StringBuilder text = new($"silent\ninclude\npath-as-is\nurl = \"{site.GetLeftPart(UriPartial.Authority)}{request.Path}\"\n");
        if (request.Head) text.Append("head\n");
        foreach (string field in request.Fields) text.Append($"header = \"{field.Replace("\"", "\\\"", StringComparison.Ordinal)}\"\n");
        return text.ToString();
    }
}
