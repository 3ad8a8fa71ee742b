// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Fuzz.Boot;
using Uaas.Fuzz.Configuration;
using Uaas.Fuzz.Content;
using Uaas.Fuzz.Devices;
using Uaas.Fuzz.Http;
using Uaas.Fuzz.Imaging;
using Uaas.Fuzz.Media;
using Uaas.Fuzz.Network;
using Uaas.Fuzz.Tenders;
using Uaas.Fuzz.Web;
using Uaas.Imaging;

namespace Uaas.Fuzz;

/// <summary>All targets by name. A new parser gets a line here.</summary>
public static class Targets
{
    /// <summary>The targets, in the order of the alphabet.</summary>
    public static SortedDictionary<string, Func<IFuzzTarget>> All { get; } = new(StringComparer.Ordinal)
    {
        ["amf"] = () => new AmfTarget(),
        ["content"] = () => new ContentImageTarget(),
        ["deployment"] = () => new DeploymentTarget(),
        ["dhcp"] = () => new DhcpTarget(),
        ["dns"] = () => new DnsTarget(),
        ["flv"] = () => new FlvTarget(),
        ["frames"] = () => new FrameTarget(),
        ["http"] = () => new HttpConnectionTarget(),
        ["http-head"] = () => new HttpHeadTarget(),
        ["http-values"] = () => new HttpValuesTarget(),
        ["image-gif"] = () => new ImageFileTarget(ImageFormat.Gif),
        ["image-jpeg"] = () => new ImageFileTarget(ImageFormat.Jpeg),
        ["image-png"] = () => new ImageFileTarget(ImageFormat.Png),
        ["image-png-rows"] = () => new PngRowsTarget(),
        ["image-url"] = () => new ImageUrlTarget(),
        ["image-webp"] = () => new ImageFileTarget(ImageFormat.WebP),
        ["json"] = () => new JsonTarget(),
        ["kernel"] = () => new KernelTarget(),
        ["lanes"] = () => new LaneTarget(),
        ["recordings"] = () => new RecordingTarget(),
        ["response"] = () => new ResponseTarget(),
        ["routes"] = () => new RoutesTarget(),
        ["rtmp"] = () => new RtmpTarget(),
        ["rules"] = () => new SiteRulesTarget(),
        ["settings"] = () => new SettingsTarget(),
        ["site"] = () => new StaticSiteTarget(),
        ["stream-keys"] = () => new StreamKeysTarget(),
        ["tcp"] = () => new TcpTarget(),
        ["tender-options"] = () => new CommandLineTarget(),
        ["video-url"] = () => new VideoUrlTarget(),
        ["websocket"] = () => new WebSocketTarget(),
        ["wire"] = () => new WireTarget(),
    };
}
