// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.IO;
using System.Net;
using Uaas.Bench.Machine;
using Uaas.Networking;

namespace Uaas.Bench.Servers;

/// <summary>The <c>flv</c> service on spt, and nginx with the module that serves RTMP.</summary>
internal static class VideoServers
{
    /// <summary>Where Debian puts the module.</summary>
    internal const string NginxModule = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

    /// <summary>The port of HTTP-FLV, which nginx's module has not.</summary>
    internal const int HttpPort = 80;

    // What uaas run gives an instance, in MiB.
    private const int Memory = 72;

    private const int RtmpPort = 1935;
    // As the service's manifest has them.
    private const string NetworkName = "service";
    private const string ContentName = "content";
    private const string RecordingsName = "recordings";

    /// <summary>Prepares ours, its tap held.</summary>
    internal static Server PrepareOurs(Artifacts artifacts, Site site, GuestNetwork network, string place)
    {
        InstanceLink link = network.AddInstance(offloads: true);
        string nothing = Path.Combine(place, "nothing");
        File.WriteAllBytes(nothing, new byte[512]);
        List<string> arguments =
        [
            $"--mem={Memory}",
            $"--net:{NetworkName}=@{link.Tap.Descriptor.DangerousGetHandle()}",
            $"--net-mac:{NetworkName}={link.EthernetAddress}",
            $"--block-ro:{ContentName}={site.Image}",
            $"--block-sector-size:{ContentName}={Site.ImageBlockSize}",
            $"--block-ro:{RecordingsName}={nothing}",
            "--",
            artifacts.Image("flv", "spt"),
            $"ip={link.Address}/32",
            $"gw={NodeNetwork.NodeAddress}",
        ];
        string log = Path.Combine(place, "flv.log");
        return new Server(
            "uaas spt", network.Namespace, network.Namespace, new IPEndPoint(link.Address, RtmpPort), new ServerCommand(artifacts.SptTender, arguments, [link.Tap.Descriptor]), log, link);
    }

    /// <summary>Prepares nginx: one worker, no logs, chunks as large as ours, so that a packet is few calls.</summary>
    internal static Server PrepareNginx(VethLink link, string place)
    {
        string configuration = Path.Combine(place, "nginx.conf");
        var listen = new IPEndPoint(link.ServerAddress, RtmpPort);
        File.WriteAllText(configuration, $$"""
            load_module {{NginxModule}};
            daemon off;
            user root;
            worker_processes 1;
            pid {{place}}/nginx.pid;
            error_log {{place}}/error.log crit;
            events { worker_connections 4096; }
            rtmp {
                access_log off;
                server {
                    listen {{listen}};
                    chunk_size 65536;
                    ping 24h;
                    application live { live on; }
                }
            }

            """);
        var command = new ServerCommand(Programs.Require("nginx"), ["-p", place, "-c", configuration, "-e", Path.Combine(place, "error.log")], []);
        return new Server("nginx-rtmp", link.Server, link.Client, listen, command, Path.Combine(place, "output.log"));
    }
}
