// SPDX-License-Identifier: Apache-2.0

using System.IO;
using System.Net;
using Uaas.Bench.Machine;

namespace Uaas.Bench.Servers;

/// <summary>nginx as its own documentation advises to run it for static files: one worker, open files cached, sendfile, no access log.</summary>
internal static class NginxPeer
{
    /// <summary>Prepares nginx.</summary>
    /// <param name="name">What reports call it.</param>
    /// <param name="place">A folder of its own.</param>
    /// <param name="root">The folder that it serves.</param>
    /// <param name="network">The namespace that it runs in.</param>
    /// <param name="clients">The namespace that its clients run in.</param>
    /// <param name="endPoint">Where it listens.</param>
    internal static Server Prepare(string name, string place, string root, NetworkNamespace network, NetworkNamespace clients, IPEndPoint endPoint)
    {
        Directory.CreateDirectory(place);
        string configuration = Path.Combine(place, "nginx.conf");
        File.WriteAllText(configuration, Configuration(place, root, endPoint.ToString()));
        var command = new ServerCommand(Programs.Require("nginx"), ["-p", place, "-c", configuration, "-e", Path.Combine(place, "error.log")], []);
        return new Server(name, network, clients, endPoint, command, Path.Combine(place, "output.log"));
    }

    /// <summary>The configuration, also for the nginx in the Linux microVM.</summary>
    internal static string Configuration(string place, string root, string listen) =>
        $$"""
        daemon off;
        user root;
        worker_processes 1;
        pid {{place}}/nginx.pid;
        error_log {{place}}/error.log crit;
        events { worker_connections 4096; }
        http {
            access_log off;
            sendfile on;
            tcp_nopush on;
            open_file_cache max=1000 inactive=1h;
            keepalive_requests 1000000000;
            keepalive_timeout 1h;
            client_body_temp_path {{place}}/body;
            proxy_temp_path {{place}}/proxy;
            fastcgi_temp_path {{place}}/fastcgi;
            uwsgi_temp_path {{place}}/uwsgi;
            scgi_temp_path {{place}}/scgi;
            server { listen {{listen}}; root {{root}}; }
        }

        """;
}
