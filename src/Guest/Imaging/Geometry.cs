// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging;

/// <summary>Which part of the source becomes a result of which size. All is in the source's own directions: the result is turned at the end.</summary>
public readonly struct Geometry
{
    private Geometry(Stretch across, Stretch down, int width, int height, Turn turn)
    {
        Across = across;
        Down = down;
        Width = width;
        Height = height;
        Turn = turn;
    }

    /// <summary>Columns of the source, in its pixels.</summary>
    public Stretch Across { get; }

    /// <summary>Rows of the source, in its pixels.</summary>
    public Stretch Down { get; }

    /// <summary>Columns of the result before it is turned.</summary>
    public int Width { get; }

    /// <summary>Rows of the result before it is turned.</summary>
    public int Height { get; }

    /// <summary>How it is turned then.</summary>
    public Turn Turn { get; }

    /// <summary>By how much less than its size the source may be decoded, so that at least twice the result's resolution is left: 1, 2, 4 or 8.</summary>
    public int ShrinkOnLoad
    {
        get
        {
            const double least = 2;
            double scale = Math.Min(Across.Length / Width, Down.Length / Height);
            int divisor = 8;
            while (divisor > 1 && scale < divisor * least) divisor /= 2;
            return divisor;
        }
    }

    /// <summary>Works the geometry out for a source of the given size.</summary>
    public static Geometry Plan(int sourceWidth, int sourceHeight, int orientation, in ImageOptions options)
    {
        Turn turn = options.TurnFrom(orientation);
        int shownWidth = turn.Transposes ? sourceHeight : sourceWidth;
        int shownHeight = turn.Transposes ? sourceWidth : sourceHeight;

        int cropWidth = CropLength(options.CropAcross, shownWidth);
        int cropHeight = CropLength(options.CropDown, shownHeight);
        double left = Place(shownWidth, cropWidth, options.CropGravity.Across, options.CropGravity.OffsetAcross, options.CropGravity.IsFocus);
        double top = Place(shownHeight, cropHeight, options.CropGravity.Down, options.CropGravity.OffsetDown, options.CropGravity.IsFocus);

        Scale(cropWidth, cropHeight, options, out int scaledWidth, out int scaledHeight, out int width, out int height);
        int dpr = options.Dpr == 0 ? ImageOptions.Hundred : options.Dpr;
        int cutLeft = Place(scaledWidth, width, options.Gravity.Across, options.Gravity.OffsetAcross * dpr / ImageOptions.Hundred, options.Gravity.IsFocus);
        int cutTop = Place(scaledHeight, height, options.Gravity.Down, options.Gravity.OffsetDown * dpr / ImageOptions.Hundred, options.Gravity.IsFocus);

        double scaleAcross = (double)cropWidth / scaledWidth;
        double scaleDown = (double)cropHeight / scaledHeight;
        Stretch across = new(left + cutLeft * scaleAcross, width * scaleAcross);
        Stretch down = new(top + cutTop * scaleDown, height * scaleDown);
        if (turn.MirrorsAcross) across = new Stretch(shownWidth - across.Start - across.Length, across.Length);
        if (turn.MirrorsDown) down = new Stretch(shownHeight - down.Start - down.Length, down.Length);
        return turn.Transposes ? new Geometry(down, across, height, width, turn) : new Geometry(across, down, width, height, turn);
    }

    private static int CropLength(CropSide side, int length)
    {
        int pixels = side.Millionths > 0 ? (int)((long)length * side.Millionths / 1_000_000) : side.Pixels;
        return pixels == 0 ? length : Math.Clamp(pixels, 1, length);
    }

    // Where a part begins in the whole, so that it lies inside.
    private static int Place(int whole, int part, int point, int offset, bool isFocus)
    {
        const int end = 1000;
        long room = whole - part;
        long start = isFocus ? (long)whole * point / end - part / 2 : room * point / end;
        start += point == end ? -offset : offset;
        return (int)Math.Clamp(start, 0, room);
    }

    // How large all of the picture becomes, and how much of that is kept.
    private static void Scale(int sourceWidth, int sourceHeight, in ImageOptions options, out int scaledWidth, out int scaledHeight, out int width, out int height)
    {
        int dpr = options.Dpr == 0 ? ImageOptions.Hundred : options.Dpr;
        double wantedWidth = (double)options.Width * dpr / ImageOptions.Hundred;
        double wantedHeight = (double)options.Height * dpr / ImageOptions.Hundred;
        double across = wantedWidth > 0 ? wantedWidth / sourceWidth : 0;
        double down = wantedHeight > 0 ? wantedHeight / sourceHeight : 0;
        ResizeMode mode = options.Mode;
        if (mode == ResizeMode.Auto) mode = wantedWidth >= wantedHeight == sourceWidth >= sourceHeight ? ResizeMode.Fill : ResizeMode.Fit;
        if (across == 0) across = mode == ResizeMode.Force && down != 0 ? 1 : down == 0 ? (double)dpr / ImageOptions.Hundred : down;
        if (down == 0) down = mode == ResizeMode.Force && wantedWidth != 0 ? 1 : across;
        if (mode == ResizeMode.Fit) across = down = Math.Min(across, down);
        else if (mode != ResizeMode.Force) across = down = Math.Max(across, down);
        if (!options.Enlarges)
        {
            across = Math.Min(across, 1);
            down = Math.Min(down, 1);
        }

        scaledWidth = Pixels(sourceWidth * across);
        scaledHeight = Pixels(sourceHeight * down);
        width = scaledWidth;
        height = scaledHeight;
        if (mode is not (ResizeMode.Fill or ResizeMode.FillDown)) return;
        double keepWidth = wantedWidth > 0 ? wantedWidth : scaledWidth;
        double keepHeight = wantedHeight > 0 ? wantedHeight : scaledHeight;
        if (mode == ResizeMode.FillDown)
        {
            double fit = Math.Min(1, Math.Min(scaledWidth / keepWidth, scaledHeight / keepHeight));
            keepWidth *= fit;
            keepHeight *= fit;
        }

        width = Math.Min(Pixels(keepWidth), scaledWidth);
        height = Math.Min(Pixels(keepHeight), scaledHeight);
    }

    private static int Pixels(double length) => (int)Math.Clamp(Math.Floor(length + 0.5), 1, ImageOptions.MaxSide);
}
