// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Demo;
using Uaas.Host.Tests.Cli;
using Uaas.Http.Tests.Support;
using Xunit;

namespace Uaas.Services.Tests.Comparison;

/// <summary>One site, a smaller variant of the demonstration's, served by Debian's nginx and, on any monitor, by <c>uaas run http</c> through its gateway.</summary>
public sealed class TwoServers : IAsyncLifetime
{
    /// <summary>What of the repository the site is made of: enough for a hundred files and pages of all kinds.</summary>
    private static readonly string[] s_sources = ["docs", "samples", "sdk", "src/Guest/Http"];

    private const int LargeFileMebibytes = 5;

    // As one would serve this very site: the same charset, the same page for what is not there.
    private const string Directives = """
        include /etc/nginx/mime.types;
        charset utf-8;
        charset_types text/css text/plain application/javascript;
        absolute_redirect off;
        error_page 404 /404.html;
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("uaas-comparison-");
    private readonly Dictionary<string, (Command Command, Uri Address)> _ours = [];
    private NginxProcess? _nginx;

    /// <summary>Where nginx serves the site.</summary>
    internal Uri Nginx => new($"http://127.0.0.1:{_nginx!.Port}/");

    /// <summary>Paths of the site's files, escaped, in order.</summary>
    internal IReadOnlyList<string> Files { get; private set; } = [];

    private string Site => Path.Combine(_folder.FullName, "site");

    /// <summary>Where the site is served on a monitor; started when first asked.</summary>
    internal async Task<Uri> OursAsync(string monitor)
    {
        if (_ours.TryGetValue(monitor, out (Command, Uri Address) running)) return running.Address;
        Command command = Command.Start(null, "run", "http", "--content", Site, "--port", "0", "--vmm", monitor, "--quiet");
        _ours[monitor] = (command, new Uri("http://127.0.0.1/"));
        Uri address = new((await command.FirstLine)["ready ".Length..]);
        _ours[monitor] = (command, address);
        return address;
    }

    /// <inheritdoc/>
    public Task InitializeAsync()
    {
        if (!File.Exists(NginxProcess.Program)) return Task.CompletedTask;
        string repository = Locations.Find().Repository;
        string excerpt = Path.Combine(_folder.FullName, "excerpt");
        foreach (string source in s_sources) Copy(Path.Combine(repository, source), Path.Combine(excerpt, source));
        foreach (string document in Directory.GetFiles(repository, "*.md")) File.Copy(document, Path.Combine(excerpt, Path.GetFileName(document)));
        DemoSiteBuilder.Build(excerpt, Site, LargeFileMebibytes);
        Files = [.. Directory.GetFiles(Site, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Site, file))
            .Where(path => !path.StartsWith('.') && path != "uaas-site.yaml")
            .Order(StringComparer.Ordinal)
            .Select(path => "/" + string.Join('/', path.Split('/').Select(Uri.EscapeDataString)))];
        _nginx = new NginxProcess(Site, Directives);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach ((Command command, _) in _ours.Values)
        {
            command.Signal("INT");
            await command.EndAsync();
            command.Dispose();
        }

        _nginx?.Dispose();
        _folder.Delete(recursive: true);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
            File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(file));
        }
    }
}
