// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging;

/// <summary>What became of an option.</summary>
public enum OptionResult : byte
{
    /// <summary>It was taken.</summary>
    Ok,

    /// <summary>There is none of that name.</summary>
    UnknownName,

    /// <summary>Its value cannot be.</summary>
    BadValue,
}

/// <summary>Reads single options, <c>name:argument:argument</c> as imgproxy writes them (docs/img.md lists them).</summary>
public static class OptionReader
{
    private const int MaxDpr = 8 * ImageOptions.Hundred;
    private const int MaxSigma = 100 * ImageOptions.Hundred;
    private const int Million = 1_000_000;

    /// <summary>Applies one option.</summary>
    /// <param name="options">What it changes.</param>
    /// <param name="name">Its name, long or short.</param>
    /// <param name="arguments">What follows the name, separated by colons.</param>
    public static OptionResult Apply(ref ImageOptions options, ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments)
    {
        bool? isGood = ApplyKnown(ref options, name, new ArgumentList(arguments));
        return isGood == null ? OptionResult.UnknownName : isGood.Value ? OptionResult.Ok : OptionResult.BadValue;
    }

    // Null where there is no such option.
    private static bool? ApplyKnown(ref ImageOptions options, ReadOnlySpan<byte> name, ArgumentList arguments)
    {
        if (Is(name, "resize"u8, "rs"u8)) return Mode(arguments.Next(), ref options.Mode) && Size(ref options, ref arguments);
        if (Is(name, "size"u8, "s"u8)) return Size(ref options, ref arguments);
        if (Is(name, "resizing_type"u8, "rt"u8)) return Mode(arguments.Next(), ref options.Mode) && arguments.IsAtEnd;
        if (Is(name, "width"u8, "w"u8)) return Side(arguments.Next(), ref options.Width) && arguments.IsAtEnd;
        if (Is(name, "height"u8, "h"u8)) return Side(arguments.Next(), ref options.Height) && arguments.IsAtEnd;
        if (Is(name, "enlarge"u8, "el"u8)) return Flag(arguments.Next(), ref options.Enlarges) && arguments.IsAtEnd;
        if (Is(name, "dpr"u8, "dpr"u8)) return Hundredths(arguments.Next(), MaxDpr, ref options.Dpr) && options.Dpr > 0 && arguments.IsAtEnd;
        if (Is(name, "gravity"u8, "g"u8)) return ReadGravity(ref arguments, ref options.Gravity) && arguments.IsAtEnd;
        if (Is(name, "crop"u8, "c"u8)) return Crop(ref options, ref arguments);
        if (Is(name, "auto_rotate"u8, "ar"u8)) return Not(arguments.Next(), ref options.IgnoresOrientation) && arguments.IsAtEnd;
        if (Is(name, "rotate"u8, "rot"u8)) return Rotation(arguments.Next(), ref options.Quarters) && arguments.IsAtEnd;
        if (Is(name, "flip"u8, "fl"u8)) return Flag(arguments.Next(), ref options.FlipsAcross) && (arguments.IsAtEnd || Flag(arguments.Next(), ref options.FlipsDown)) && arguments.IsAtEnd;
        if (Is(name, "background"u8, "bg"u8)) return ReadBackground(ref options, ref arguments) && arguments.IsAtEnd;
        if (Is(name, "blur"u8, "bl"u8)) return Hundredths(arguments.Next(), MaxSigma, ref options.Blur) && arguments.IsAtEnd;
        if (Is(name, "sharpen"u8, "sh"u8)) return Hundredths(arguments.Next(), MaxSigma, ref options.Sharpen) && arguments.IsAtEnd;
        if (Is(name, "quality"u8, "q"u8)) return Quality(arguments.Next(), ref options.Quality) && arguments.IsAtEnd;
        if (Is(name, "format"u8, "f"u8) || Is(name, "ext"u8, "ext"u8)) return Format(arguments.Next(), ref options.Format) && arguments.IsAtEnd;
        if (Is(name, "cachebuster"u8, "cb"u8)) return true;

        // Metadata and colour profiles are never carried over: the only value is the one that asks for that.
        bool strips = true;
        if (Is(name, "strip_metadata"u8, "sm"u8) || Is(name, "strip_color_profile"u8, "scp"u8)) return Flag(arguments.Next(), ref strips) && strips && arguments.IsAtEnd;
        return null;
    }

    /// <summary>The format of a result by its extension or name.</summary>
    public static bool TryReadFormat(ReadOnlySpan<byte> text, out ImageFormat format)
    {
        format = ImageFormat.Unknown;
        if (text.SequenceEqual("jpg"u8) || text.SequenceEqual("jpeg"u8)) format = ImageFormat.Jpeg;
        else if (text.SequenceEqual("png"u8)) format = ImageFormat.Png;
        else if (text.SequenceEqual("webp"u8)) format = ImageFormat.WebP;
        return format != ImageFormat.Unknown;
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> longName, ReadOnlySpan<byte> shortName) => name.SequenceEqual(shortName) || name.SequenceEqual(longName);

    // Width, height, whether to enlarge, whether to extend (which there is not). Empty ones stay as they are.
    private static bool Size(ref ImageOptions options, ref ArgumentList arguments)
    {
        bool extends = false;
        return Side(arguments.Next(), ref options.Width) && Side(arguments.Next(), ref options.Height) && Flag(arguments.Next(), ref options.Enlarges)
            && Flag(arguments.Next(), ref extends) && !extends && arguments.IsAtEnd;
    }

    private static bool Crop(ref ImageOptions options, ref ArgumentList arguments)
    {
        if (!ReadCropSide(arguments.Next(), ref options.CropAcross) || !ReadCropSide(arguments.Next(), ref options.CropDown)) return false;
        options.CropGravity = options.Gravity;
        return arguments.IsAtEnd || ReadGravity(ref arguments, ref options.CropGravity) && arguments.IsAtEnd;
    }

    private static bool ReadCropSide(ReadOnlySpan<byte> text, ref CropSide side)
    {
        if (text.Length == 0) return true;
        if (!TryReadDecimal(text, 1_000_000, out long millionths)) return false;
        side.Pixels = millionths >= Million ? (int)(millionths / Million) : 0;
        side.Millionths = millionths < Million ? (int)millionths : 0;
        return true;
    }

    private static bool ReadGravity(ref ArgumentList arguments, ref Gravity gravity)
    {
        ReadOnlySpan<byte> point = arguments.Next();
        gravity = Gravity.Centre;
        if (point.SequenceEqual("fp"u8))
        {
            gravity.IsFocus = true;
            return Point(arguments.Next(), ref gravity.Across) && Point(arguments.Next(), ref gravity.Down);
        }

        if (point.SequenceEqual("ce"u8)) return Offsets(ref arguments, ref gravity);
        bool isNorth = point.StartsWith("no"u8);
        bool isSouth = point.StartsWith("so"u8);
        ReadOnlySpan<byte> rest = isNorth || isSouth ? point[2..] : point;
        bool isEast = rest.SequenceEqual("ea"u8);
        bool isWest = rest.SequenceEqual("we"u8);
        if (rest.Length != 0 && !isEast && !isWest || point.Length == 0) return false;
        if (isNorth || isSouth) gravity.Down = (short)(isNorth ? 0 : 1000);
        if (isEast || isWest) gravity.Across = (short)(isWest ? 0 : 1000);
        return Offsets(ref arguments, ref gravity);
    }

    private static bool Offsets(ref ArgumentList arguments, ref Gravity gravity) =>
        arguments.IsAtEnd || Side(arguments.Next(), ref gravity.OffsetAcross) && (arguments.IsAtEnd || Side(arguments.Next(), ref gravity.OffsetDown));

    private static bool Point(ReadOnlySpan<byte> text, ref short thousandths)
    {
        if (text.Length == 0 || !TryReadDecimal(text, 1, out long millionths)) return false;
        thousandths = (short)(millionths / 1000);
        return true;
    }

    private static bool ReadBackground(ref ImageOptions options, ref ArgumentList arguments)
    {
        ReadOnlySpan<byte> first = arguments.Next();
        options.HasBackground = first.Length != 0;
        if (first.Length == 0) return true;
        if (arguments.IsAtEnd) return TryReadHexColour(first, out options.Background);
        if (!TryReadNumber(first, 255, out int red) || !TryReadNumber(arguments.Next(), 255, out int green) || !TryReadNumber(arguments.Next(), 255, out int blue)) return false;
        options.Background = red << 16 | green << 8 | blue;
        return true;
    }

    private static bool TryReadHexColour(ReadOnlySpan<byte> text, out int colour)
    {
        colour = 0;
        if (text.Length is not (3 or 6)) return false;
        for (int i = 0; i < text.Length; i++)
        {
            int digit = Http.Ascii.HexValue(text[i]);
            if (digit < 0) return false;
            colour = text.Length == 3 ? colour << 8 | digit * 17 : colour << 4 | digit;
        }

        return true;
    }

    private static bool Mode(ReadOnlySpan<byte> text, ref ResizeMode mode)
    {
        if (text.Length == 0) return true;
        if (text.SequenceEqual("fit"u8)) mode = ResizeMode.Fit;
        else if (text.SequenceEqual("fill"u8)) mode = ResizeMode.Fill;
        else if (text.SequenceEqual("fill-down"u8)) mode = ResizeMode.FillDown;
        else if (text.SequenceEqual("force"u8)) mode = ResizeMode.Force;
        else if (text.SequenceEqual("auto"u8)) mode = ResizeMode.Auto;
        else return false;
        return true;
    }

    private static bool Format(ReadOnlySpan<byte> text, ref ImageFormat format) => TryReadFormat(text, out format);

    private static bool Rotation(ReadOnlySpan<byte> text, ref byte quarters)
    {
        if (!TryReadNumber(text, 360, out int degrees) || degrees % 90 != 0) return false;
        quarters = (byte)(degrees / 90 % 4);
        return true;
    }

    private static bool Quality(ReadOnlySpan<byte> text, ref byte quality)
    {
        if (!TryReadNumber(text, 100, out int value)) return false;
        quality = (byte)value;
        return true;
    }

    private static bool Side(ReadOnlySpan<byte> text, ref int side)
    {
        if (text.Length == 0) return true;
        return TryReadNumber(text, ImageOptions.MaxSide, out side);
    }

    private static bool Flag(ReadOnlySpan<byte> text, ref bool flag)
    {
        if (text.Length == 0) return true;
        bool isYes = text.SequenceEqual("1"u8) || text.SequenceEqual("t"u8) || text.SequenceEqual("true"u8);
        flag = isYes;
        return isYes || text.SequenceEqual("0"u8) || text.SequenceEqual("f"u8) || text.SequenceEqual("false"u8);
    }

    private static bool Not(ReadOnlySpan<byte> text, ref bool flag)
    {
        bool opposite = !flag;
        bool isGood = Flag(text, ref opposite);
        flag = !opposite;
        return isGood;
    }

    private static bool Hundredths(ReadOnlySpan<byte> text, int most, ref int hundredths)
    {
        if (text.Length == 0 || !TryReadDecimal(text, most / ImageOptions.Hundred, out long millionths)) return false;
        hundredths = (int)(millionths / (Million / ImageOptions.Hundred));
        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> text, int most, out int number)
    {
        number = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is < (byte)'0' or > (byte)'9') return false;
            number = number * 10 + (text[i] - '0');
            if (number > most) return false;
        }

        return text.Length != 0;
    }

    // A number with up to six digits behind the point, in millionths.
    private static bool TryReadDecimal(ReadOnlySpan<byte> text, int most, out long millionths)
    {
        millionths = 0;
        int point = text.IndexOf((byte)'.');
        if (!TryReadNumber(point < 0 ? text : text[..point], most, out int whole)) return false;
        millionths = (long)whole * Million;
        ReadOnlySpan<byte> fraction = point < 0 ? default : text[(point + 1)..];
        if (point >= 0 && fraction.Length == 0) return false;
        int unit = Million;
        for (int i = 0; i < fraction.Length; i++)
        {
            if (fraction[i] is < (byte)'0' or > (byte)'9') return false;
            unit /= 10;
            millionths += (fraction[i] - '0') * unit;
        }

        return millionths <= (long)most * Million;
    }
}

/// <summary>The arguments of an option, one after the other.</summary>
internal ref struct ArgumentList(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;
    private bool _isAtEnd;

    /// <summary>Whether all were read.</summary>
    internal readonly bool IsAtEnd => _isAtEnd;

    /// <summary>The next one; empty where there is none.</summary>
    internal ReadOnlySpan<byte> Next()
    {
        int colon = _rest.IndexOf((byte)':');
        ReadOnlySpan<byte> argument = colon < 0 ? _rest : _rest[..colon];
        _isAtEnd = colon < 0;
        _rest = colon < 0 ? default : _rest[(colon + 1)..];
        return argument;
    }
}
