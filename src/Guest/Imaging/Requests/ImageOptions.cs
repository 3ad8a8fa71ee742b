// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Imaging;

/// <summary>How a picture is brought to the size that was asked for.</summary>
public enum ResizeMode : byte
{
    /// <summary>As large as fits, its proportions kept.</summary>
    Fit,

    /// <summary>As small as covers, its proportions kept; what projects is cut off.</summary>
    Fill,

    /// <summary>As <see cref="Fill"/>, but where the picture is too small it is cut to the proportions asked for.</summary>
    FillDown,

    /// <summary>To exactly that size, its proportions lost.</summary>
    Force,

    /// <summary><see cref="Fill"/> where picture and size are both upright or both lying, else <see cref="Fit"/>.</summary>
    Auto,
}

/// <summary>What to keep when something is cut off: a point of the picture, and how far from it.</summary>
public struct Gravity
{
    /// <summary>The point, across: 0 the left edge, 1000 the right one.</summary>
    public short Across;

    /// <summary>The point, down: 0 the top edge, 1000 the bottom one.</summary>
    public short Down;

    /// <summary>Pixels to move inwards from there, across.</summary>
    public int OffsetAcross;

    /// <summary>Pixels to move inwards from there, down.</summary>
    public int OffsetDown;

    /// <summary>Whether the point is to be in the middle of what is kept, as far as possible, rather than in the same place of it.</summary>
    public bool IsFocus;

    /// <summary>The middle.</summary>
    public static Gravity Centre => new() { Across = 500, Down = 500 };
}

/// <summary>A side of a region to be cut out: pixels, or a fraction of the picture's.</summary>
public struct CropSide
{
    /// <summary>Pixels; 0: all, unless <see cref="Millionths"/> says otherwise.</summary>
    public int Pixels;

    /// <summary>Millionths of the picture's side.</summary>
    public int Millionths;
}

/// <summary>What is to be done with a picture: a value, equal to another in all its fields where the result is the same.</summary>
public struct ImageOptions
{
    /// <summary>Largest width or height that can be asked for.</summary>
    public const int MaxSide = 16_384;

    /// <summary>The unit of <see cref="Dpr"/>, <see cref="Blur"/> and <see cref="Sharpen"/>.</summary>
    public const int Hundred = 100;

    /// <summary>The mode.</summary>
    public ResizeMode Mode;

    /// <summary>The format of the result; <see cref="ImageFormat.Unknown"/> for the source's, or what the client takes.</summary>
    public ImageFormat Format;

    /// <summary>1 to 100; 0 for the service's own.</summary>
    public byte Quality;

    /// <summary>Quarter turns clockwise.</summary>
    public byte Quarters;

    /// <summary>Whether a picture may become larger than it is.</summary>
    public bool Enlarges;

    /// <summary>Whether left and right are exchanged.</summary>
    public bool FlipsAcross;

    /// <summary>Whether top and bottom are exchanged.</summary>
    public bool FlipsDown;

    /// <summary>Whether the camera's orientation is left as it is.</summary>
    public bool IgnoresOrientation;

    /// <summary>Whether <see cref="Background"/> is put behind transparent pixels.</summary>
    public bool HasBackground;

    /// <summary>Red, green and blue, of 8 bits each, from the highest.</summary>
    public int Background;

    /// <summary>Columns of the result; 0: as the other side makes it.</summary>
    public int Width;

    /// <summary>Rows of the result; 0: as the other side makes it.</summary>
    public int Height;

    /// <summary>Hundredths of device pixels to one of <see cref="Width"/> and <see cref="Height"/>; 0 for 100.</summary>
    public int Dpr;

    /// <summary>Hundredths of a pixel: the standard deviation of a Gaussian blur.</summary>
    public int Blur;

    /// <summary>Hundredths of a pixel: the standard deviation of the blur that sharpening works against.</summary>
    public int Sharpen;

    /// <summary>What to keep when a picture is cut to size.</summary>
    public Gravity Gravity;

    /// <summary>What to cut out first, across.</summary>
    public CropSide CropAcross;

    /// <summary>What to cut out first, down.</summary>
    public CropSide CropDown;

    /// <summary>Where to cut it out.</summary>
    public Gravity CropGravity;

    /// <summary>Nothing but what the service does anyway.</summary>
    public static ImageOptions None => new() { Gravity = Gravity.Centre, CropGravity = Gravity.Centre };

    /// <summary>What turns the source's pixels as they are to be shown.</summary>
    public readonly Turn TurnFrom(int orientation)
    {
        Turn turn = IgnoresOrientation ? default : Turn.FromOrientation(orientation);
        return turn.Then(Turn.FromQuarters(Quarters)).Then(new Turn(false, FlipsAcross, FlipsDown));
    }
}
