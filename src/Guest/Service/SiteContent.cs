// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Content;
using Uaas.Devices;
using Uaas.Http.Static;
using Uaas.Net;
using Uaas.Platform;

namespace Uaas.Service;

/// <summary>Opens the content image and its rules, and says what is wrong with them.</summary>
public sealed class SiteContent
{
    private const ulong DefaultCacheKilobytes = 4096;
    private const ulong MaxCacheKilobytes = 1 << 20;

    private bool _hasCacheSize = true;
    private bool _hasRules;
    private ContentResult _result;

    /// <summary>Whether there is a block device at all.</summary>
    public bool HasDevice { get; private set; }

    /// <summary>The image, where there is a good one.</summary>
    public ContentImage? Image { get; private set; }

    /// <summary>Its rules; rules that say nothing where there are no good ones.</summary>
    public SiteRules Rules { get; private set; } = SiteRules.CreateEmpty();

    /// <summary>Opens the first block device.</summary>
    public void Open(BootArguments arguments)
    {
        ulong kilobytes = DefaultCacheKilobytes;
        if (arguments.TryGet("cache"u8, out ReadOnlySpan<byte> cache) && !ArgumentValue.TryParseNumber(cache, MaxCacheKilobytes, out kilobytes))
        {
            _hasCacheSize = false;
            return;
        }

        BlockDevice? device = Machine.OpenBlock(0);
        HasDevice = device != null;
        if (device == null)
        {
            return;
        }

        _result = ContentImage.Mount(device, (int)(kilobytes << 10), out ContentImage? image);
        Image = image;
        if (image != null && SiteRules.TryParse(image.Rules, out SiteRules? rules))
        {
            _hasRules = true;
            Rules = rules!;
        }
    }

    /// <summary>Has its bytes lent to the frames of <paramref name="network"/> where that can be, and says on the log what was opened; false when it cannot be served.</summary>
    public bool TryBegin(NetworkStack network)
    {
        ReadOnlySpan<byte> hint = Problem();
        if (hint.Length != 0)
        {
            Log error = Log.Error(stackalloc byte[Log.LineMax], "no_content"u8);
            error.Hint(hint);
            error.Write();
            return false;
        }

        Image!.Lend(network.Loans);
        Log line = Log.Info(stackalloc byte[Log.LineMax], "content"u8);
        line.Field("paths"u8, Image.EntryCount);
        line.Field("bytes"u8, Image!.Length);
        line.Write();
        return true;
    }

    private ReadOnlySpan<byte> Problem()
    {
        if (!_hasCacheSize)
        {
            return "cache= takes a number of KiB, at most 1048576"u8;
        }

        if (!HasDevice)
        {
            return "attach a block device with a content image, as 'content'"u8;
        }

        return _result switch
        {
            ContentResult.Ok when _hasRules => default,
            ContentResult.Ok => "the site rules in the content image are damaged: pack the content again"u8,
            ContentResult.NotAnImage => "the block device holds no content image: pack the content first"u8,
            ContentResult.UnsupportedVersion => "the content image is of another version: pack the content with this release"u8,
            ContentResult.Truncated => "the content image is longer than its device: it was cut short"u8,
            ContentResult.UnsupportedBlockSize => "the blocks of the device are larger than 1 MiB"u8,
            ContentResult.DeviceError => "the block device cannot be read"u8,
            _ => "the content image is damaged: pack the content again"u8,
        };
    }
}
