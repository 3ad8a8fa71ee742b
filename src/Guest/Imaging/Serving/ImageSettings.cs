// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Imaging.Serving;

/// <summary>How a service makes and serves pictures.</summary>
public sealed class ImageSettings
{
    /// <summary>Most seconds that <see cref="MaxAge"/> may say: a year.</summary>
    public const int LongestAge = 31_536_000;

    /// <summary>What URLs are signed by.</summary>
    public SigningKeys Keys { get; } = new();

    /// <summary>The bounds of a picture.</summary>
    public ImageLimits Limits { get; set; } = ImageLimits.Default;

    /// <summary>Seconds that a result may be kept by browsers and caches.</summary>
    public int MaxAge { get; set; } = 3600;

    /// <summary>Whether who accepts WebP gets it, where the URL asks for no format.</summary>
    public bool PrefersWebP { get; set; } = true;

    /// <summary>Pictures that may wait to be made; one more is told 503.</summary>
    public int MaxQueue { get; set; } = 64;

    /// <summary>Results kept at most, whatever their size.</summary>
    public int MaxResults { get; set; } = 4096;
}
