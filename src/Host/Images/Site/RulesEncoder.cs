// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Uaas.Content;
using Uaas.Host.Images.Writing;

namespace Uaas.Host.Images.Site;

/// <summary>Compiles a site's configuration into the image's rules section.</summary>
internal static class RulesEncoder
{
    /// <summary>The section's bytes.</summary>
    /// <param name="site">The configuration.</param>
    /// <param name="policies">Its policies.</param>
    /// <param name="files">The image's files by path, each with its offset.</param>
    internal static byte[] Encode(SiteConfiguration site, PolicyTable policies, IReadOnlyDictionary<string, FileEntry> files)
    {
        MemoryStream section = new();
        using BinaryWriter writer = new(section);
        writer.Write((ushort)RulesFormat.Version);
        writer.Write((ushort)site.AccessLog);
        WriteLimits(writer, site.Limits);

        writer.Write((ushort)Bounded(site, site.ErrorPages.Count, RulesFormat.MaxErrorPages, "error pages"));
        foreach (ErrorPage page in site.ErrorPages)
        {
            writer.Write((ushort)page.Status);
            writer.Write(OffsetOf(site, files, page.Path, page.Line));
        }

        writer.Write((ushort)Bounded(site, policies.Policies.Count, RulesFormat.MaxPolicies, "combinations of rules"));
        foreach (Policy policy in policies.Policies)
        {
            WritePolicy(writer, site, policy, files);
        }

        byte[] streamKeys = Encoding.ASCII.GetBytes(string.Concat(site.StreamKeys.Select(static pair => $"{pair.Key} {pair.Value}\n")));
        writer.Write((ushort)Bounded(site, streamKeys.Length, RulesFormat.MaxStreamKeysLength, "bytes of stream keys"));
        writer.Write(streamKeys);
        byte[] imageSettings = Encoding.ASCII.GetBytes(site.ImageSettings);
        writer.Write((ushort)Bounded(site, imageSettings.Length, RulesFormat.MaxImageSettingsLength, "bytes of image settings"));
        writer.Write(imageSettings);
        writer.Flush();
        Bounded(site, (int)section.Length, ContentFormat.Superblock.MaxRulesLength, "bytes of rules");
        return section.ToArray();
    }

    private static void WriteLimits(BinaryWriter writer, SiteLimits limits)
    {
        writer.Write(limits.RequestLine);
        writer.Write(limits.HeadSize);
        writer.Write(limits.HeaderCount);
        writer.Write(limits.Body);
        writer.Write(limits.Connections);
        writer.Write(limits.HeaderTimeout);
        writer.Write(limits.IdleTimeout);
        writer.Write(limits.SendTimeout);
    }

    private static void WritePolicy(BinaryWriter writer, SiteConfiguration site, Policy policy, IReadOnlyDictionary<string, FileEntry> files)
    {
        writer.Write(policy.Expires is { } expires ? (int)Math.Min(expires.TotalSeconds, int.MaxValue) : RulesFormat.NoExpires);
        writer.Write(policy.Cors is null ? RulesFormat.CorsNone : policy.Cors.Origins.Contains("*") ? RulesFormat.CorsAny : RulesFormat.CorsListed);
        writer.Write(policy.Cors is { Credentials: true });
        WriteText(writer, site, policy, policy.HeaderBlock());
        WriteText(writer, site, policy, policy.PreflightBlock());
        WriteText(writer, site, policy, policy.Cors is { } cors ? string.Concat(cors.Origins.Select(static origin => origin + "\n")) : "");
        writer.Write((byte)policy.Fallback.Count);
        foreach (string fallback in policy.Fallback)
        {
            if (fallback.StartsWith("{path}", StringComparison.Ordinal))
            {
                writer.Write(RulesFormat.FallbackSuffix);
                byte[] suffix = Encoding.UTF8.GetBytes(fallback[6..]);
                writer.Write((ushort)suffix.Length);
                writer.Write(suffix);
            }
            else
            {
                writer.Write(RulesFormat.FallbackEntry);
                writer.Write(OffsetOf(site, files, fallback, policy.Line));
            }
        }
    }

    private static void WriteText(BinaryWriter writer, SiteConfiguration site, Policy policy, string text)
    {
        if (text.Length > RulesFormat.MaxHeadersLength)
        {
            throw new PackException(
                $"{site.Source}:{policy.Line}: the fields that rules add to one response come to {text.Length} bytes; there is room for {RulesFormat.MaxHeadersLength}");
        }

        writer.Write((ushort)text.Length);
        writer.Write(Encoding.ASCII.GetBytes(text));
    }

    private static long OffsetOf(SiteConfiguration site, IReadOnlyDictionary<string, FileEntry> files, string path, int line) =>
        files.TryGetValue(path.Trim('/'), out FileEntry? file)
            ? file.Offset
            : throw new PackException($"{site.Source}:{line}: there is no file {path} in the content");

    private static int Bounded(SiteConfiguration site, int number, int most, string what) =>
        number <= most ? number : throw new PackException($"{site.Source}: {number} {what}; there is room for {most}");
}
