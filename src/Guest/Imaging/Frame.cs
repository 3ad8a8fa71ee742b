// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging;

/// <summary>A picture in memory: rows from the top, each pixel red, green, blue, alpha in a byte each. Alpha is not multiplied in.</summary>
internal readonly struct Frame
{
    /// <summary>Bytes of a pixel.</summary>
    internal const int PixelSize = 4;

    private readonly Block _block;

    private Frame(Block block, int width, int height)
    {
        _block = block;
        Width = width;
        Height = height;
    }

    /// <summary>Pixels of a row.</summary>
    internal int Width { get; }

    /// <summary>Rows.</summary>
    internal int Height { get; }

    /// <summary>Bytes of a row.</summary>
    internal int Stride => Width * PixelSize;

    /// <summary>Room for a picture, its contents undefined; false where the workspace is too small.</summary>
    internal static bool TryCreate(Workspace workspace, int width, int height, out Frame frame)
    {
        bool taken = workspace.TryTake((long)width * height * PixelSize, out Block block);
        frame = new Frame(block, width, height);
        return taken;
    }

    /// <summary>All pixels.</summary>
    internal Span<byte> Pixels(Workspace workspace) => workspace.Bytes(_block);

    /// <summary>One row.</summary>
    internal Span<byte> Row(Workspace workspace, int y) => workspace.Bytes(_block).Slice(y * Stride, Stride);
}
