// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;

namespace Uaas.Host.Images.Oci;

/// <summary>What content is known by: its SHA-256 (OCI image specification, "Digests").</summary>
public sealed record Digest
{
    private const string Prefix = "sha256:";
    private const int HexLength = 64;

    private Digest(string hex)
    {
        Hex = hex;
    }

    /// <summary>64 lowercase hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>The first twelve digits: enough for people.</summary>
    public string Short => Hex[..12];

    /// <summary>The digest of some bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    /// <summary>The digest that a hash has come to.</summary>
    public static Digest Of(IncrementalHash hash) => new(Convert.ToHexStringLower(hash.GetHashAndReset()));

    /// <summary>Reads <c>sha256:</c> and 64 lowercase hexadecimal digits; null for anything else, other algorithms included.</summary>
    public static Digest? Parse(string? text)
    {
        if (text is null || text.Length != Prefix.Length + HexLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        string hex = text[Prefix.Length..];
        return hex.All(char.IsAsciiHexDigitLower) ? new Digest(hex) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Prefix + Hex;
}
