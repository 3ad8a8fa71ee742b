// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Imaging.Codecs;

namespace Uaas.Imaging;

/// <summary>
/// Makes one picture from another, one after the other. Rows go from the decoder through the resampler as they come, so what is in memory of the source is a few rows
/// (and what its library needs for itself), and of the result all pixels.
/// </summary>
public sealed class ImageWorker
{
    private const int White = 0xFFFFFF;

    private readonly ImageLimits _limits;
    private readonly int _quality;
    private readonly long _codecMemory;
    private readonly WorkHost _host;
    private readonly Workspace _workspace;
    private readonly Resampler _resampler;
    private readonly ImageDecoder[] _decoders = new ImageDecoder[(int)ImageFormat.Gif + 1];
    private readonly ImageEncoder[] _encoders = new ImageEncoder[(int)ImageFormat.Gif + 1];

    /// <summary>Makes a worker, which takes all its memory now.</summary>
    /// <param name="limits">The bounds of a picture.</param>
    /// <param name="quality">The quality, from 1 to 100, where the options ask for none.</param>
    /// <param name="workspace">Bytes for pixels: four to each of the result, twice that where it is turned, blurred or sharpened, and some rows.</param>
    /// <param name="codecMemory">Bytes that the libraries have.</param>
    /// <param name="host">Where.</param>
    public ImageWorker(ImageLimits limits, int quality, int workspace, long codecMemory, WorkHost host)
    {
        _limits = limits;
        _quality = quality;
        _codecMemory = codecMemory;
        _host = host;
        _workspace = new Workspace(workspace);
        _resampler = new Resampler(_workspace);
        _decoders[(int)ImageFormat.Jpeg] = new JpegDecoder { Host = host };
        _decoders[(int)ImageFormat.Png] = new PngDecoder { Host = host };
        _decoders[(int)ImageFormat.WebP] = new WebPDecoder { Host = host };
        _decoders[(int)ImageFormat.Gif] = new GifDecoder { Host = host };
        _encoders[(int)ImageFormat.Jpeg] = new JpegEncoder { Host = host };
        _encoders[(int)ImageFormat.Png] = new PngEncoder { Host = host };
        _encoders[(int)ImageFormat.WebP] = new WebPEncoder { Host = host };
    }

    /// <summary>The format of a source; <see cref="ImageFormat.Unknown"/> also where it cannot be read.</summary>
    public static ImageFormat Recognise(ImageSource source)
    {
        Span<byte> first = stackalloc byte[ImageFormats.SignatureLength];
        return source.Length >= first.Length && source.Read(0, first) ? ImageFormats.Recognise(first) : ImageFormat.Unknown;
    }

    /// <summary>Makes a picture.</summary>
    /// <param name="source">What from.</param>
    /// <param name="options">How.</param>
    /// <param name="format">The format of the result: one that can be written.</param>
    /// <param name="sink">Where it goes. What it was given counts only if the outcome is <see cref="ImageOutcome.Done"/>.</param>
    public ImageOutcome Make(ImageSource source, in ImageOptions options, ImageFormat format, ImageSink sink)
    {
        ImageOutcome outcome = Process(source, options, format, sink);
        _host.Ended();
        return outcome;
    }

    private ImageOutcome Process(ImageSource source, in ImageOptions options, ImageFormat format, ImageSink sink)
    {
        if (source.Length > _limits.MaxSourceLength) return ImageOutcome.SourceTooLarge;
        ImageFormat from = Recognise(source);
        if (from == ImageFormat.Unknown) return ImageOutcome.UnknownFormat;
        _workspace.Reset();
        ImageDecoder decoder = _decoders[(int)from];
        ImageOutcome outcome = Decode(decoder, source, options, out Frame frame, out Turn turn);
        bool hasAlpha = decoder.HasAlpha;
        decoder.Close();
        if (outcome != ImageOutcome.Done) return outcome;
        if (!TryFinish(options, turn, ref frame)) return ImageOutcome.NoMemory;
        bool keepsAlpha = hasAlpha && !options.HasBackground && ImageFormats.HasTransparency(format);
        if (hasAlpha && !keepsAlpha) Flatten(frame, options.HasBackground ? options.Background : White);
        return Encode(_encoders[(int)format], frame, keepsAlpha, options.Quality == 0 ? _quality : options.Quality, sink);
    }

    private ImageOutcome Decode(ImageDecoder decoder, ImageSource source, in ImageOptions options, out Frame frame, out Turn turn)
    {
        frame = default;
        turn = default;
        if (!decoder.Open(source)) return ImageOutcome.Damaged;
        if (decoder.Width <= 0 || decoder.Height <= 0) return ImageOutcome.Damaged;
        if ((long)decoder.Width * decoder.Height > _limits.MaxSourcePixels) return ImageOutcome.SourceTooLarge;
        if (decoder.MemoryNeeded > _codecMemory) return ImageOutcome.NoMemory;
        Geometry geometry = Geometry.Plan(decoder.Width, decoder.Height, decoder.Orientation, options);
        if ((long)geometry.Width * geometry.Height > _limits.MaxResultPixels) return ImageOutcome.ResultTooLarge;
        turn = geometry.Turn;
        double acrossWhole = decoder.Width;
        double downWhole = decoder.Height;
        decoder.ShrinkBy(geometry.ShrinkOnLoad);
        Stretch across = geometry.Across.Times(decoder.Width / acrossWhole);
        Stretch down = geometry.Down.Times(decoder.Height / downWhole);
        if (!Frame.TryCreate(_workspace, geometry.Width, geometry.Height, out frame)
            || !_resampler.TryPrepare(decoder.Width, decoder.Height, across, down, frame, Kernel.Lanczos3)
            || !_workspace.TryTake((long)decoder.Width * Frame.PixelSize + Resampler.Slack, out Block rowBlock))
        {
            return ImageOutcome.NoMemory;
        }

        if (!decoder.Start()) return ImageOutcome.Damaged;
        Span<byte> row = _workspace.Bytes(rowBlock);
        for (int y = 0; y < _resampler.RowsNeeded; y++)
        {
            if (!decoder.ReadRow(row)) return ImageOutcome.Damaged;
            if (decoder.HasAlpha) PixelOperations.MultiplyAlpha(row[..^Resampler.Slack]);
            _resampler.Push(row);
            _host.Step();
        }

        if (decoder.HasAlpha) DivideAlpha(frame);
        return ImageOutcome.Done;
    }

    // Turns, blurs and sharpens: what needs a second picture. False where there is no memory for it.
    private bool TryFinish(in ImageOptions options, in Turn turn, ref Frame frame)
    {
        if (!turn.IsNone)
        {
            if (!Frame.TryCreate(_workspace, turn.Transposes ? frame.Height : frame.Width, turn.Transposes ? frame.Width : frame.Height, out Frame turned)) return false;
            for (int y = 0; y < turned.Height; y++)
            {
                PixelOperations.TurnRow(frame.Pixels(_workspace), frame.Width, turn, y, turned.Row(_workspace, y));
                _host.Step();
            }

            frame = turned;
        }

        if (options.Blur > 0)
        {
            if (!TryBlur(frame, options.Blur, out Frame blurred)) return false;
            frame = blurred;
        }

        if (options.Sharpen > 0)
        {
            if (!TryBlur(frame, options.Sharpen, out Frame blurred)) return false;
            for (int y = 0; y < frame.Height; y++)
            {
                PixelOperations.Sharpen(frame.Row(_workspace, y), blurred.Row(_workspace, y));
                _host.Step();
            }
        }

        return true;
    }

    private bool TryBlur(in Frame frame, int hundredths, out Frame blurred)
    {
        Stretch across = new(0, frame.Width);
        Stretch down = new(0, frame.Height);
        if (!Frame.TryCreate(_workspace, frame.Width, frame.Height, out blurred)
            || !_resampler.TryPrepare(frame.Width, frame.Height, across, down, blurred, Kernel.Gaussian, (double)hundredths / ImageOptions.Hundred)
            || !_workspace.TryTake(frame.Stride + Resampler.Slack, out Block rowBlock))
        {
            return false;
        }

        Span<byte> row = _workspace.Bytes(rowBlock);
        for (int y = 0; y < frame.Height; y++)
        {
            frame.Row(_workspace, y).CopyTo(row);
            PixelOperations.MultiplyAlpha(row[..^Resampler.Slack]);
            _resampler.Push(row);
            _host.Step();
        }

        DivideAlpha(blurred);
        return true;
    }

    private void DivideAlpha(in Frame frame)
    {
        for (int y = 0; y < frame.Height; y++)
        {
            PixelOperations.DivideAlpha(frame.Row(_workspace, y));
            _host.Step();
        }
    }

    private void Flatten(in Frame frame, int colour)
    {
        for (int y = 0; y < frame.Height; y++)
        {
            PixelOperations.Flatten(frame.Row(_workspace, y), colour);
            _host.Step();
        }
    }

    private ImageOutcome Encode(ImageEncoder encoder, in Frame frame, bool hasAlpha, int quality, ImageSink sink)
    {
        bool isGood = encoder.Start(frame.Width, frame.Height, hasAlpha, quality, sink);
        for (int y = 0; y < frame.Height && isGood; y++)
        {
            isGood = encoder.WriteRow(frame.Row(_workspace, y));
            _host.Step();
        }

        isGood = isGood && encoder.Finish();
        encoder.Close();
        return isGood ? ImageOutcome.Done : ImageOutcome.NoRoom;
    }
}
