// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Host.Images.Site;

/// <summary>How a site is served, as a person writes it in <c>uaas-site.yaml</c>; <c>docs/http.md</c> says what each key means.</summary>
public sealed class SiteConfiguration
{
    /// <summary>The file in the content's root that holds it, unless another is named. It is never served.</summary>
    public const string FileName = "uaas-site.yaml";

    /// <summary>What the messages call the file it came from.</summary>
    public string Source { get; init; } = FileName;

    /// <summary>Names that stand for their directory, the first that exists.</summary>
    public IReadOnlyList<string> IndexNames { get; init; } = ["index.html"];

    /// <summary>Pages that are sent with error statuses.</summary>
    public IReadOnlyList<ErrorPage> ErrorPages { get; init; } = [];

    /// <summary>Paths that are elsewhere now.</summary>
    public IReadOnlyList<Redirect> Redirects { get; init; } = [];

    /// <summary>What holds for which paths; of two rules that say the same thing, the later one wins.</summary>
    public IReadOnlyList<SiteRule> Rules { get; init; } = [];

    /// <summary>Media types by extension (without its dot, in lower case) that differ from the usual ones.</summary>
    public IReadOnlyDictionary<string, string> MediaTypes { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether files whose names start with a dot are served.</summary>
    public bool Hidden { get; init; }

    /// <summary>The form of the access log.</summary>
    public AccessLogForm AccessLog { get; init; } = AccessLogForm.Off;

    /// <summary>Who may publish which stream: keys by name, "*" for every other name. Empty: everybody may publish everything.</summary>
    public IReadOnlyDictionary<string, string> StreamKeys { get; init; } = new Dictionary<string, string>();

    /// <summary>How pictures are made, as the <c>img</c> service reads it.</summary>
    public string ImageSettings { get; init; } = "";

    /// <summary>The bounds of the server; what is 0 is left to the server.</summary>
    public SiteLimits Limits { get; init; } = new();
}

/// <summary>The form of the access log's lines, by its number in the image.</summary>
public enum AccessLogForm
{
    /// <summary>There is none.</summary>
    Off,

    /// <summary>The common log format with Referer and User-Agent.</summary>
    Combined,

    /// <summary>The common log format.</summary>
    Common,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>A page sent with an error status.</summary>
/// <param name="Line">Where it is written.</param>
/// <param name="Status">The status, 400 to 599.</param>
/// <param name="Path">The page's path in the content, with its leading slash.</param>
public sealed record ErrorPage(int Line, int Status, string Path);

/// <summary>A path that is elsewhere now.</summary>
/// <param name="Line">Where it is written.</param>
/// <param name="From">The old path, with its leading slash and without the star of a prefix.</param>
/// <param name="IsPrefix">Whether everything below the path has moved, not the path itself.</param>
/// <param name="To">The new URI.</param>
/// <param name="Status">301, 302, 303, 307 or 308.</param>
public sealed record Redirect(int Line, string From, bool IsPrefix, string To, int Status);

/// <summary>What holds for the paths that match; what is null is left as it was.</summary>
public sealed class SiteRule
{
    /// <summary>Where it is written.</summary>
    public int Line { get; init; }

    /// <summary>The paths it holds for; empty: all.</summary>
    public IReadOnlyList<PathPattern> Paths { get; init; } = [];

    /// <summary>Whether a directory without an index file is listed.</summary>
    public bool? Listing { get; init; }

    /// <summary>What is tried, in order, when there is nothing under a path: "{path}" and a suffix, or the path of a file.</summary>
    public IReadOnlyList<string>? Fallback { get; init; }

    /// <summary>The value of Cache-Control.</summary>
    public string? CacheControl { get; init; }

    /// <summary>How long after the response Expires says the content expires.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>More fields of the response; an empty value takes one away that an earlier rule gave.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Which other origins may read the content.</summary>
    public CorsRule? Cors { get; init; }
}

/// <summary>Which other origins may read the content (the Fetch standard's CORS protocol).</summary>
public sealed class CorsRule
{
    /// <summary>The origins, or a star for all.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Request fields that are allowed.</summary>
    public IReadOnlyList<string> AllowHeaders { get; init; } = [];

    /// <summary>Response fields that scripts may see.</summary>
    public IReadOnlyList<string> ExposeHeaders { get; init; } = [];

    /// <summary>Whether cookies may be sent along.</summary>
    public bool Credentials { get; init; }

    /// <summary>How long a browser may remember the answer.</summary>
    public TimeSpan? MaxAge { get; init; }
}

/// <summary>The bounds of the server; what is 0 is left to the server.</summary>
public sealed class SiteLimits
{
    /// <summary>Bytes of the request line; more: 414.</summary>
    public uint RequestLine { get; init; }

    /// <summary>Bytes of a request's head; more: 431.</summary>
    public uint HeadSize { get; init; }

    /// <summary>Fields of a request; more: 431.</summary>
    public uint HeaderCount { get; init; }

    /// <summary>Bytes of a request's content; more: 413.</summary>
    public uint Body { get; init; }

    /// <summary>Connections at a time; more: 503 or refused.</summary>
    public uint Connections { get; init; }

    /// <summary>Milliseconds for a request's head to arrive.</summary>
    public uint HeaderTimeout { get; init; }

    /// <summary>Milliseconds that an idle connection is kept.</summary>
    public uint IdleTimeout { get; init; }

    /// <summary>Milliseconds without progress in sending.</summary>
    public uint SendTimeout { get; init; }
}
