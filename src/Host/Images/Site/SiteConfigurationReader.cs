// SPDX-License-Identifier: Apache-2.0

using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Uaas.Host.Images.Site;

/// <summary>Reads <see cref="SiteConfiguration"/> from YAML. A mistake is told with its line, its key, and what was expected there.</summary>
public static class SiteConfigurationReader
{
    private const int MaxSize = 1 << 20;

    /// <summary>Fields that the server sets itself.</summary>
    private static readonly HashSet<string> s_reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept-Ranges", "Age", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Range", "Content-Type", "Date", "ETag",
        "Expires", "Keep-Alive", "Last-Modified", "Location", "Trailer", "Transfer-Encoding", "Upgrade", "Vary",
    };

    /// <summary>Reads the file at <paramref name="path"/>.</summary>
    /// <exception cref="PackException">It cannot be read, or something in it is wrong: one line for each mistake.</exception>
    public static SiteConfiguration Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxSize)
            {
                throw new PackException($"{path} is larger than {MaxSize} bytes: it cannot be a site's configuration");
            }

            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw PackException.From(failure, path);
        }
    }

    /// <summary>Reads a configuration's text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="PackException">Something in it is wrong: one line for each mistake.</exception>
    public static SiteConfiguration Parse(string yaml, string source)
    {
        YamlErrors errors = new(source);
        YamlStream stream = [];
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException failure)
        {
            throw new PackException($"{source}:{failure.Start.Line}: {failure.InnerException?.Message ?? failure.Message}", failure);
        }

        if (stream.Documents.Count == 0)
        {
            return new SiteConfiguration { Source = source };
        }

        SiteConfiguration? site = YamlKeys.Of(stream.Documents[0].RootNode, "", errors) is { } keys ? ReadSite(keys, source) : null;
        return errors.Any ? throw new PackException(errors.Message) : site!;
    }

    private static SiteConfiguration ReadSite(YamlKeys keys, string source)
    {
        SiteConfiguration site = new()
        {
            Source = source,
            IndexNames = ReadIndexNames(keys),
            ErrorPages = ReadErrorPages(keys),
            Redirects = [.. keys.Mappings("redirects").Select(ReadRedirect).OfType<Redirect>()],

            // What stands at the top holds for all paths.
            Rules = [ReadRule(keys, isTop: true), .. keys.Mappings("rules").Select(static rule => ReadRule(rule, isTop: false))],
            MediaTypes = ReadMediaTypes(keys),
            Hidden = keys.Truth("hidden") ?? false,
            AccessLog = keys.Value<AccessLogForm>("access-log", "off, combined, common or json", static text => text switch
            {
                "off" => AccessLogForm.Off,
                "combined" => AccessLogForm.Combined,
                "common" => AccessLogForm.Common,
                "json" => AccessLogForm.Json,
                _ => null,
            }) ?? AccessLogForm.Off,
            StreamKeys = ReadStreamKeys(keys),
            ImageSettings = ImageSettingsReader.Read(keys),
            Limits = keys.Mapping("limits") is { } limits ? ReadLimits(limits) : new SiteLimits(),
        };
        keys.Finish();
        return site;
    }

    private static IReadOnlyList<string> ReadIndexNames(YamlKeys keys)
    {
        IReadOnlyList<(string Text, YamlNode Node)>? names = keys.Texts("index");
        foreach ((string text, YamlNode node) in names ?? [])
        {
            if (text.Length == 0 || text.Contains('/'))
            {
                keys.Errors.Add(node, $"index: '{text}' has to be the name of a file, without a slash");
            }
        }

        return names is null ? ["index.html"] : [.. names.Select(static name => name.Text)];
    }

    private static List<ErrorPage> ReadErrorPages(YamlKeys keys)
    {
        List<ErrorPage> pages = [];
        foreach ((string key, YamlNode node, YamlNode value) in keys.Mapping("errors")?.All() ?? [])
        {
            if (SiteValues.Count(key) is not (>= 400 and <= 599 and var status))
            {
                keys.Errors.Add(node, $"errors: '{key}' has to be a status from 400 to 599");
            }
            else if (keys.TextOf(value, $"errors.{key}") is { } path)
            {
                CheckPath(keys, value, $"errors.{key}", path);
                pages.Add(new ErrorPage((int)node.Start.Line, (int)status, path));
            }
        }

        return pages;
    }

    private static Dictionary<string, string> ReadStreamKeys(YamlKeys keys)
    {
        const int maxName = 64;
        const int maxKey = 128;
        Dictionary<string, string> result = new(StringComparer.Ordinal);
        foreach ((string name, YamlNode node, YamlNode value) in keys.Mapping("stream-keys")?.All() ?? [])
        {
            bool isName = name == "*" || name.Length is > 0 and <= maxName && name[0] != '.' && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
            if (!isName)
            {
                keys.Errors.Add(node, $"stream-keys: '{name}' has to be a stream's name (letters, digits, '-', '_' and '.', at most {maxName}), or '*' for every other");
            }
            else if (keys.TextOf(value, $"stream-keys.{name}") is { } key)
            {
                if (key.Length is 0 or > maxKey || !key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~'))
                {
                    keys.Errors.Add(value, $"stream-keys.{name} has to be of letters, digits, '-', '_', '.' and '~', at most {maxKey}");
                }

                result[name] = key;
            }
        }

        return result;
    }

    private static Redirect? ReadRedirect(YamlKeys keys)
    {
        string? from = keys.Text("from");
        string? to = keys.Text("to");
        uint status = keys.Value<uint>("status", "301, 302, 303, 307 or 308", static text => SiteValues.Count(text) is { } n and (301 or 302 or 303 or 307 or 308) ? n : null) ?? 301;
        keys.Finish();
        if (from is null || to is null)
        {
            keys.Errors.Add(keys.Line, "a redirect needs both 'from' and 'to'");
            return null;
        }

        bool isPrefix = from.EndsWith("/*", StringComparison.Ordinal);
        string path = isPrefix ? from[..^2] : from.TrimEnd('/');
        if (!from.StartsWith('/') || path.Length == 0 || path.Contains('*'))
        {
            keys.Errors.Add(keys.Line, $"redirects.from: '{from}' has to be a path like /old or /old/*");
        }

        string target = isPrefix && to.EndsWith('*') ? to[..^1] : to;
        if (!Uri.IsWellFormedUriString(target, UriKind.RelativeOrAbsolute) || !target.All(static c => c is > ' ' and <= '~') || target.Length is 0 or > 1000
            || !(target[0] == '/' || target.Contains("://", StringComparison.Ordinal)) || target.Contains('*'))
        {
            keys.Errors.Add(keys.Line, $"redirects.to: '{to}' has to be a path like /new or a URL, percent-encoded, of at most 1000 characters");
        }

        return new Redirect(keys.Line, path, isPrefix, target, (int)status);
    }

    private static SiteRule ReadRule(YamlKeys keys, bool isTop)
    {
        SiteRule rule = new()
        {
            Line = keys.Line,
            Paths = isTop ? [] : ReadPaths(keys),
            Listing = keys.Truth("listing"),
            Fallback = ReadFallback(keys),
            CacheControl = ReadFieldValue(keys, "cache-control"),
            Expires = keys.Value("expires", "a time like 10m, 12h or 30d", SiteValues.Duration),
            Headers = ReadHeaders(keys),
            Cors = keys.Find("cors") is { } cors ? ReadCors(keys, cors) : null,
        };
        if (!isTop)
        {
            keys.Finish();
        }

        return rule;
    }

    private static List<PathPattern> ReadPaths(YamlKeys keys)
    {
        List<PathPattern> patterns = [];
        foreach ((string text, YamlNode node) in keys.Texts("path") ?? [])
        {
            if (PathPattern.TryParse(text, out PathPattern pattern, out string error))
            {
                patterns.Add(pattern);
            }
            else
            {
                keys.Errors.Add(node, $"path: '{text}': {error}");
            }
        }

        if (keys.Find("path") is null)
        {
            keys.Errors.Add(keys.Line, "a rule needs a 'path'; what holds for all paths stands at the top of the file");
        }

        return patterns;
    }

    private static List<string>? ReadFallback(YamlKeys keys)
    {
        IReadOnlyList<(string Text, YamlNode Node)>? items = keys.Texts("fallback");
        foreach ((string text, YamlNode node) in items ?? [])
        {
            if (!text.StartsWith("{path}", StringComparison.Ordinal))
            {
                CheckPath(keys, node, "fallback", text);
            }
            else if (text.Length is <= 6 or > 64 || text[6..].Contains('/') || text.Contains('*'))
            {
                keys.Errors.Add(node, $"fallback: '{text}' has to be {{path}} and a suffix, like {{path}}.html");
            }
        }

        if (items?.Count > 8)
        {
            keys.Errors.Add(keys.Line, "fallback: at most 8 are tried");
        }

        return items is null ? null : [.. items.Select(static item => item.Text)];
    }

    private static string? ReadFieldValue(YamlKeys keys, string key)
    {
        string? value = keys.Text(key);
        if (value is not null && (!SiteValues.IsFieldValue(value) || value.Length == 0))
        {
            keys.Errors.Add(keys.Line, $"{key}: '{value}' has to be one line of ASCII");
        }

        return value;
    }

    private static Dictionary<string, string> ReadHeaders(YamlKeys keys)
    {
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, YamlNode node, YamlNode value) in keys.Mapping("headers")?.All() ?? [])
        {
            string? text = keys.TextOf(value, $"headers.{name}");
            if (!SiteValues.IsToken(name) || (text is not null && !SiteValues.IsFieldValue(text)))
            {
                keys.Errors.Add(node, $"headers.{name} has to be a field name and one line of ASCII");
            }
            else if (s_reserved.Contains(name) || name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))
            {
                keys.Errors.Add(node, $"headers.{name} is set by the server: use cache-control, expires, cors or types where one of them means it");
            }
            else
            {
                headers[name] = text ?? "";
            }
        }

        return headers;
    }

    private static CorsRule ReadCors(YamlKeys keys, YamlNode node)
    {
        if (node is YamlScalarNode { Value: { } origin })
        {
            CheckOrigins(keys, [(origin, node)]);
            return new CorsRule { Origins = [origin] };
        }

        YamlKeys? cors = YamlKeys.Of(node, "cors", keys.Errors);
        if (cors is null)
        {
            return new CorsRule();
        }

        IReadOnlyList<(string Text, YamlNode Node)> origins = cors.Texts("origins") ?? [];
        CheckOrigins(keys, origins);
        CorsRule rule = new()
        {
            Origins = [.. origins.Select(static item => item.Text)],
            AllowHeaders = ReadTokens(cors, "allow-headers"),
            ExposeHeaders = ReadTokens(cors, "expose-headers"),
            Credentials = cors.Truth("credentials") ?? false,
            MaxAge = cors.Value("max-age", "a time like 10m, 12h or 30d", SiteValues.Duration),
        };
        if (rule.Origins.Count == 0 || (rule.Credentials && rule.Origins.Contains("*")))
        {
            keys.Errors.Add(node, "cors needs its 'origins', and those by name where 'credentials' is true");
        }

        cors.Finish();
        return rule;
    }

    private static void CheckOrigins(YamlKeys keys, IReadOnlyList<(string Text, YamlNode Node)> origins)
    {
        foreach ((string text, YamlNode node) in origins)
        {
            if (!(text == "*" && origins.Count == 1) && !SiteValues.IsOrigin(text))
            {
                keys.Errors.Add(node, $"cors: '{text}' has to be an origin like https://example.org, or a single '*'");
            }
        }
    }

    private static string[] ReadTokens(YamlKeys keys, string key)
    {
        IReadOnlyList<(string Text, YamlNode Node)> items = keys.Texts(key) ?? [];
        foreach ((string text, YamlNode node) in items)
        {
            if (!SiteValues.IsToken(text))
            {
                keys.Errors.Add(node, $"{key}: '{text}' is not the name of a field");
            }
        }

        return [.. items.Select(static item => item.Text)];
    }

    private static Dictionary<string, string> ReadMediaTypes(YamlKeys keys)
    {
        Dictionary<string, string> types = new(StringComparer.Ordinal);
        foreach ((string key, YamlNode node, YamlNode value) in keys.Mapping("types")?.All() ?? [])
        {
            string? type = keys.TextOf(value, $"types.{key}");
            if (type is null || !SiteValues.IsMediaType(type) || key.TrimStart('.').Length == 0 || key.TrimStart('.').Contains('.'))
            {
                keys.Errors.Add(node, $"types.{key} has to be an extension and its media type, like md: text/markdown");
            }
            else
            {
                types[key.TrimStart('.').ToLowerInvariant()] = type;
            }
        }

        return types;
    }

    private static SiteLimits ReadLimits(YamlKeys keys)
    {
        SiteLimits limits = new()
        {
            RequestLine = Limit(keys, "request-line", 64, 65_535, SiteValues.Bytes),
            HeadSize = Limit(keys, "head", 256, 65_535, SiteValues.Bytes),
            HeaderCount = Limit(keys, "headers", 4, 255, SiteValues.Count),
            Body = Limit(keys, "body", 1, int.MaxValue, SiteValues.Bytes),
            Connections = Limit(keys, "connections", 1, 1_000_000, SiteValues.Count),
            HeaderTimeout = keys.Value("header-timeout", "a time like 500ms or 30s", SiteValues.Timeout) ?? 0,
            IdleTimeout = keys.Value("idle-timeout", "a time like 500ms or 30s", SiteValues.Timeout) ?? 0,
            SendTimeout = keys.Value("send-timeout", "a time like 500ms or 30s", SiteValues.Timeout) ?? 0,
        };
        keys.Finish();
        return limits;
    }

    private static uint Limit(YamlKeys keys, string key, uint least, uint most, Func<string, uint?> parse) =>
        keys.Value<uint>(key, $"a number from {least} to {most}", text => parse(text) is { } n && n >= least && n <= most ? n : null) ?? 0;

    private static void CheckPath(YamlKeys keys, YamlNode node, string key, string path)
    {
        if (!path.StartsWith('/') || path.Contains('*') || path.Contains('{'))
        {
            keys.Errors.Add(node, $"{key}: '{path}' has to be the path of a file, like /404.html");
        }
    }
}
