// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Uaas.Content;
using Uaas.Http.Static;

namespace Uaas.Fuzz.Content;

/// <summary>The rules section of a content image: parses it, and uses every policy that it has.</summary>
internal sealed class SiteRulesTarget : IFuzzTarget
{
    private const int PoliciesTried = 8;

    public IReadOnlyList<byte[]> Seeds { get; } = [MakeSeed()];

    public void Run(ReadOnlySpan<byte> input)
    {
        if (!SiteRules.TryParse(input, out SiteRules? rules))
        {
            return;
        }

        rules!.ErrorPage(404);
        for (int number = -1; number < PoliciesTried; number++)
        {
            SitePolicy policy = rules.Policy(number);
            rules.Allows(policy, "https://a.example"u8);
            ExpectLines(rules.Text(policy.Headers));
            ExpectLines(rules.Text(policy.Preflight));
            for (int i = 0; i < policy.FallbackCount; i++)
            {
                SiteFallback fallback = rules.Fallback(policy.FirstFallback + i);
                if (rules.Text(fallback.Suffix).Length > RulesFormat.MaxSuffixLength)
                {
                    throw new InvalidOperationException("a suffix longer than the room for it");
                }
            }
        }
    }

    /// <summary>Nothing may be sent but whole field lines.</summary>
    private static void ExpectLines(ReadOnlySpan<byte> lines)
    {
        bool ends = lines.IsEmpty || lines.EndsWith("\r\n"u8);
        if (!ends || lines.IndexOf("\r\n\r\n"u8) >= 0 || lines.StartsWith("\r\n"u8))
        {
            throw new InvalidOperationException("field lines that would end the head");
        }
    }

    private static byte[] MakeSeed()
    {
        MemoryStream section = new();
        using BinaryWriter writer = new(section);
        writer.Write((ushort)RulesFormat.Version);
        writer.Write((ushort)RulesFormat.AccessLogJson);
        for (int limit = 0; limit < 8; limit++) writer.Write(limit * 10);
        writer.Write((ushort)1);
        writer.Write((ushort)404);
        writer.Write(49152L);
        writer.Write((ushort)2);
        for (int policy = 0; policy < 2; policy++)
        {
            writer.Write(policy == 0 ? RulesFormat.NoExpires : 3600);
            writer.Write(RulesFormat.CorsListed);
            writer.Write(true);
            WriteText(writer, "Cache-Control: no-cache\r\nX-One: 1\r\n");
            WriteText(writer, "Access-Control-Max-Age: 3600\r\n");
            WriteText(writer, "https://b.example\nhttps://a.example\n");
            writer.Write((byte)2);
            writer.Write(RulesFormat.FallbackSuffix);
            WriteText(writer, ".html");
            writer.Write(RulesFormat.FallbackEntry);
            writer.Write(49184L);
        }

        WriteText(writer, "film s3cret\n");
        WriteText(writer, "quality 80\n");
        writer.Flush();
        return section.ToArray();
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        writer.Write((ushort)text.Length);
        writer.Write(Encoding.ASCII.GetBytes(text));
    }
}
