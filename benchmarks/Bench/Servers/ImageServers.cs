// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.IO;
using System.Net;
using Uaas.Bench.Machine;
using Uaas.Networking;

namespace Uaas.Bench.Servers;

/// <summary>The <c>img</c> service on spt, and nginx with its image filter.</summary>
internal static class ImageServers
{
    /// <summary>Where Debian puts the module.</summary>
    internal const string NginxModule = "/usr/lib/nginx/modules/ngx_http_image_filter_module.so";

    /// <summary>The quality that all are asked for.</summary>
    internal const int Quality = 75;

    // What uaas run gives an instance, in MiB.
    private const int Memory = 128;

    private const int Port = 80;

    // As the service's manifest has them.
    private const string NetworkName = "service";
    private const string ContentName = "content";

    /// <summary>Prepares ours, its tap held.</summary>
    internal static Server PrepareOurs(Artifacts artifacts, PhotoSite site, GuestNetwork network, string place)
    {
        InstanceLink link = network.AddInstance(offloads: true);
        List<string> arguments =
        [
            $"--mem={Memory}",
            $"--net:{NetworkName}=@{link.Tap.Descriptor.DangerousGetHandle()}",
            $"--net-mac:{NetworkName}={link.EthernetAddress}",
            $"--block-ro:{ContentName}={site.Image}",
            $"--block-sector-size:{ContentName}={Site.ImageBlockSize}",
            "--",
            artifacts.Image("img", "spt"),
            $"ip={link.Address}/32",
            $"gw={NodeNetwork.NodeAddress}",
        ];
        string log = Path.Combine(place, "img.log");
        return new Server("uaas spt", network.Namespace, network.Namespace, new IPEndPoint(link.Address, Port), new ServerCommand(artifacts.SptTender, arguments, [link.Tap.Descriptor]), log, link);
    }

    /// <summary>Prepares nginx: one worker, which resizes whatever it serves to 500 columns.</summary>
    internal static Server PrepareNginx(PhotoSite site, VethLink link, string place)
    {
        string configuration = Path.Combine(place, "nginx.conf");
        var listen = new IPEndPoint(link.ServerAddress, Port);
        File.WriteAllText(configuration, $$"""
            load_module {{NginxModule}};
            daemon off;
            user root;
            worker_processes 1;
            pid {{place}}/nginx.pid;
            error_log {{place}}/error.log crit;
            events { worker_connections 1024; }
            http {
                access_log off;
                types { image/jpeg jpg; }
                image_filter_buffer 20M;
                image_filter_jpeg_quality {{Quality}};
                server {
                    listen {{listen}};
                    root {{site.Folder}};
                    location / { image_filter resize 500 -; }
                }
            }

            """);
        var command = new ServerCommand(Programs.Require("nginx"), ["-p", place, "-c", configuration, "-e", Path.Combine(place, "error.log")], []);
        return new Server("nginx image_filter", link.Server, link.Client, listen, command, Path.Combine(place, "output.log"));
    }
}
