// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>Which other origins may read something.</summary>
internal enum CorsMode : byte
{
    /// <summary>None.</summary>
    None = RulesFormat.CorsNone,

    /// <summary>All.</summary>
    Any = RulesFormat.CorsAny,

    /// <summary>Those that the policy lists.</summary>
    Listed = RulesFormat.CorsListed,
}

/// <summary>What the rules of a site say of some of its paths.</summary>
internal readonly struct SitePolicy
{
    /// <summary>Field lines for every response that is no error.</summary>
    public RulesText Headers { get; init; }

    /// <summary>Field lines for the answer to a preflight request.</summary>
    public RulesText Preflight { get; init; }

    /// <summary>Origins, each with a line feed behind it.</summary>
    public RulesText Origins { get; init; }

    /// <summary>Seconds from the response to the time in Expires; negative: there is no such field.</summary>
    public int ExpiresAfter { get; init; }

    /// <summary>Which other origins may read the content.</summary>
    public CorsMode Cors { get; init; }

    /// <summary>Whether they may send cookies.</summary>
    public bool AllowsCredentials { get; init; }

    /// <summary>Number of the first fallback.</summary>
    public int FirstFallback { get; init; }

    /// <summary>How many fallbacks there are.</summary>
    public int FallbackCount { get; init; }

    /// <summary>Says nothing.</summary>
    public static SitePolicy Empty => new() { ExpiresAfter = RulesFormat.NoExpires };
}

/// <summary>What to try where there is nothing under a path.</summary>
internal readonly struct SiteFallback
{
    /// <summary>What to append to the path; empty when <see cref="Entry"/> is to be served.</summary>
    public RulesText Suffix { get; init; }

    /// <summary>The file to serve; none when <see cref="Suffix"/> is to be tried.</summary>
    public ContentEntryId Entry { get; init; }
}

/// <summary>The rules section of a content image, checked: how its content is served. The format is that of <c>docs/content-format.md</c>.</summary>
public sealed class SiteRules
{
    private readonly byte[] _section;
    private readonly int[] _errorStatuses;
    private readonly ContentEntryId[] _errorPages;
    private readonly SitePolicy[] _policies;
    private RulesText _streamKeys;
    private RulesText _imageSettings;
    private readonly SiteFallback[] _fallbacks;

    private SiteRules(byte[] section, int errorPages, int policies, int fallbacks)
    {
        _section = section;
        _errorStatuses = new int[errorPages];
        _errorPages = new ContentEntryId[errorPages];
        _policies = new SitePolicy[policies];
        _fallbacks = new SiteFallback[fallbacks];
    }

    /// <summary>How the access log's lines are written; null: there is none.</summary>
    public AccessLogFormat? AccessLog { get; private set; }

    /// <summary>Bounds of the server; 0 leaves one to it.</summary>
    public SiteLimits Limits { get; private set; }

    /// <summary>Who may publish which stream: lines of a name, a blank and a key. They are no content, and so never served.</summary>
    public ReadOnlySpan<byte> StreamKeys => _streamKeys.Of(_section);

    /// <summary>How pictures are made: lines of a name, a blank and a value. They are no content, and so never served.</summary>
    public ReadOnlySpan<byte> ImageSettings => _imageSettings.Of(_section);

    /// <summary>Rules that say nothing.</summary>
    public static SiteRules CreateEmpty() => new([], 0, 0, 0);

    /// <summary>Checks a rules section. None at all is well: it says nothing.</summary>
    public static bool TryParse(ReadOnlySpan<byte> section, out SiteRules? rules)
    {
        rules = null;
        if (section.Length == 0)
        {
            rules = CreateEmpty();
            return true;
        }

        // The first pass counts, the second keeps.
        if (!Parse(section, null, out Counts counts))
        {
            return false;
        }

        SiteRules parsed = new(new byte[section.Length], counts.ErrorPages, counts.Policies, counts.Fallbacks);
        section.CopyTo(parsed._section);
        Parse(section, parsed, out _);
        rules = parsed;
        return true;
    }

    /// <summary>The page that goes with an error status, or none.</summary>
    internal ContentEntryId ErrorPage(int status)
    {
        int index = _errorStatuses.AsSpan().IndexOf(status);
        return index < 0 ? default : _errorPages[index];
    }

    /// <summary>A policy by its number; one that says nothing where there is none of that number.</summary>
    internal SitePolicy Policy(int number) => (uint)number < (uint)_policies.Length ? _policies[number] : SitePolicy.Empty;

    /// <summary>A fallback by its number.</summary>
    internal SiteFallback Fallback(int number) => _fallbacks[number];

    /// <summary>A text of the section.</summary>
    internal ReadOnlySpan<byte> Text(RulesText text) => text.Of(_section);

    /// <summary>Whether a policy lets pages of an origin read the content.</summary>
    internal bool Allows(in SitePolicy policy, ReadOnlySpan<byte> origin)
    {
        if (policy.Cors != CorsMode.Listed)
        {
            return policy.Cors == CorsMode.Any;
        }

        ReadOnlySpan<byte> rest = Text(policy.Origins);
        while (rest.Length != 0)
        {
            int end = rest.IndexOf((byte)'\n');
            if (rest.Slice(0, end).SequenceEqual(origin))
            {
                return true;
            }

            rest = rest.Slice(end + 1);
        }

        return false;
    }

    private struct Counts
    {
        public int ErrorPages;
        public int Policies;
        public int Fallbacks;
    }

    private static bool Parse(ReadOnlySpan<byte> section, SiteRules? rules, out Counts counts)
    {
        counts = default;
        RulesReader reader = new(section);
        if (reader.ReadUInt16() != RulesFormat.Version)
        {
            return false;
        }

        int log = reader.ReadCount(RulesFormat.AccessLogJson);
        SiteLimits limits = SiteLimits.Read(ref reader);
        if (rules != null)
        {
            rules.AccessLog = FormatOf(log);
            rules.Limits = limits;
        }

        counts.ErrorPages = reader.ReadCount(RulesFormat.MaxErrorPages);
        for (int i = 0; i < counts.ErrorPages; i++)
        {
            int status = reader.ReadUInt16();
            ContentEntryId page = new(reader.ReadInt64());
            if (rules != null)
            {
                rules._errorStatuses[i] = status;
                rules._errorPages[i] = page;
            }
        }

        counts.Policies = reader.ReadCount(RulesFormat.MaxPolicies);
        for (int i = 0; i < counts.Policies && !reader.Failed; i++)
        {
            SitePolicy policy = ParsePolicy(ref reader, section, rules, ref counts.Fallbacks);
            if (rules != null)
            {
                rules._policies[i] = policy;
            }
        }

        RulesText streamKeys = reader.ReadText(RulesFormat.MaxStreamKeysLength);
        RulesText imageSettings = reader.ReadText(RulesFormat.MaxImageSettingsLength);
        if (rules != null)
        {
            rules._streamKeys = streamKeys;
            rules._imageSettings = imageSettings;
        }

        return reader.IsComplete;
    }

    private static AccessLogFormat? FormatOf(int log) => log switch
    {
        RulesFormat.AccessLogCombined => AccessLogFormat.Combined,
        RulesFormat.AccessLogCommon => AccessLogFormat.Common,
        RulesFormat.AccessLogJson => AccessLogFormat.Json,
        _ => null,
    };

    private static SitePolicy ParsePolicy(ref RulesReader reader, ReadOnlySpan<byte> section, SiteRules? rules, ref int fallbacks)
    {
        int expires = reader.ReadInt32();
        byte cors = reader.ReadByte();
        byte credentials = reader.ReadByte();
        RulesText headers = reader.ReadText(RulesFormat.MaxHeadersLength);
        RulesText preflight = reader.ReadText(RulesFormat.MaxHeadersLength);
        RulesText origins = reader.ReadText(RulesFormat.MaxHeadersLength);
        int first = fallbacks;
        int count = reader.ReadByte();
        if (cors > RulesFormat.CorsListed || credentials > 1 || count > RulesFormat.MaxFallbacks || expires < RulesFormat.NoExpires || reader.Failed
            || !AreFieldLines(headers.Of(section)) || !AreFieldLines(preflight.Of(section)) || !AreOrigins(origins.Of(section)))
        {
            reader.Fail();
            return default;
        }

        for (int i = 0; i < count; i++)
        {
            SiteFallback fallback = ParseFallback(ref reader);
            if (rules != null)
            {
                rules._fallbacks[fallbacks] = fallback;
            }

            fallbacks++;
        }

        return new SitePolicy
        {
            Headers = headers,
            Preflight = preflight,
            Origins = origins,
            ExpiresAfter = expires,
            Cors = (CorsMode)cors,
            AllowsCredentials = credentials != 0,
            FirstFallback = first,
            FallbackCount = count,
        };
    }

    private static SiteFallback ParseFallback(ref RulesReader reader)
    {
        switch (reader.ReadByte())
        {
            case RulesFormat.FallbackSuffix:
                return new SiteFallback { Suffix = reader.ReadText(RulesFormat.MaxSuffixLength) };
            case RulesFormat.FallbackEntry:
                return new SiteFallback { Entry = new ContentEntryId(reader.ReadInt64()) };
            default:
                reader.Fail();
                return default;
        }
    }

    /// <summary>Whether text is field lines, "Name: value" and CRLF each, of ASCII without control characters.</summary>
    private static bool AreFieldLines(ReadOnlySpan<byte> text)
    {
        while (text.Length != 0)
        {
            int end = text.IndexOf("\r\n"u8);
            int colon = text.IndexOf((byte)':');
            if (end < 0 || colon < 0 || colon > end || !Ascii.IsToken(text.Slice(0, colon)) || !IsVisible(text.Slice(0, end), lowest: (byte)' '))
            {
                return false;
            }

            text = text.Slice(end + 2);
        }

        return true;
    }

    private static bool AreOrigins(ReadOnlySpan<byte> text)
    {
        while (text.Length != 0)
        {
            int end = text.IndexOf((byte)'\n');
            if (end <= 0 || !IsVisible(text.Slice(0, end), lowest: (byte)'!'))
            {
                return false;
            }

            text = text.Slice(end + 1);
        }

        return true;
    }

    private static bool IsVisible(ReadOnlySpan<byte> text, byte lowest)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] < lowest || text[i] > (byte)'~')
            {
                return false;
            }
        }

        return true;
    }
}
