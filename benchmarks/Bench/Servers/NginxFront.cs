// SPDX-License-Identifier: Apache-2.0

using System.IO;
using System.Net;
using Uaas.Bench.Machine;

namespace Uaas.Bench.Servers;

/// <summary>nginx before an instance: with the module, or with a plain proxy_pass to the instance's address. All else is the same.</summary>
internal static class NginxFront
{
    internal const string Service = "web";
    internal const string Module = "nginx with uaas_pass";
    internal const string Plain = "nginx with proxy_pass";

    private const int KeepAlive = 64;

    /// <summary>Prepares nginx with the module.</summary>
    internal static Server PrepareModule(string place, string modules, string master, NetworkNamespace network, IPEndPoint endPoint) =>
        Prepare(Module, place, network, endPoint, $"load_module {modules}/ngx_http_uaas_module.so;\nuaas_master {master};\nuaas_keepalive {KeepAlive};", "", $"uaas_pass {Service};");

    /// <summary>Prepares nginx without it.</summary>
    internal static Server PreparePlain(string place, IPEndPoint instance, NetworkNamespace network, IPEndPoint endPoint) =>
        Prepare(Plain, place, network, endPoint, "", $"upstream plain {{ server {instance}; keepalive {KeepAlive}; keepalive_requests 1000000000; }}", "proxy_pass http://plain;");

    private static Server Prepare(string name, string place, NetworkNamespace network, IPEndPoint endPoint, string main, string upstream, string pass)
    {
        string configuration = Path.Combine(place, "nginx.conf");
        File.WriteAllText(configuration,
            $$"""
            {{main}}
            daemon off;
            user root;
            worker_processes 1;
            pid {{place}}/nginx.pid;
            error_log {{place}}/error.log error;
            events { worker_connections 4096; }
            http {
                access_log off;
                keepalive_requests 1000000000;
                keepalive_timeout 1h;
                client_body_temp_path {{place}}/body;
                proxy_temp_path {{place}}/proxy;
                fastcgi_temp_path {{place}}/fastcgi;
                uwsgi_temp_path {{place}}/uwsgi;
                scgi_temp_path {{place}}/scgi;
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                {{upstream}}
                server { listen {{endPoint}}; location / { {{pass}} } }
            }

            """);
        var command = new ServerCommand(Programs.Require("nginx"), ["-p", place, "-c", configuration, "-e", Path.Combine(place, "error.log")], []);
        return new Server(name, network, network, endPoint, command, Path.Combine(place, "output.log"));
    }
}
