// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Uaas.Configuration;

namespace Uaas.Cli.Nginx;

/// <summary>What the configuration for nginx depends on, beside what is deployed.</summary>
internal sealed record NginxSettings
{
    /// <summary>Where our modules are.</summary>
    internal required string Modules { get; init; }

    /// <summary>Where Debian's stream module is.</summary>
    internal required string StreamModule { get; init; }

    /// <summary>A folder for what nginx writes.</summary>
    internal required string Folder { get; init; }

    /// <summary>The master's socket.</summary>
    internal required string MasterSocket { get; init; }

    /// <summary>Where to serve.</summary>
    internal required IPEndPoint Address { get; init; }

    /// <summary>Whether the master process is root, and could change to another user; workers stay who they are, since the master's socket is that user's.</summary>
    internal required bool IsPrivileged { get; init; }
}

/// <summary>Writes what nginx has to know to serve a deployment.</summary>
internal static class NginxConfiguration
{
    /// <summary>The whole configuration.</summary>
    internal static string Write(Deployment deployment, NginxSettings settings)
    {
        (ServiceDefinition Service, TcpPort Port)[] ports = [.. deployment.Services.SelectMany(service => service.Ports.Tcp.Select(port => (service, port)))];
        var text = new StringBuilder();
        text.Append("# Written by uaas nginx: changes are lost.\n");
        if (ports.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"load_module {Quote(settings.StreamModule)};\n");
        text.Append(CultureInfo.InvariantCulture, $"load_module {Quote(settings.Modules + "/ngx_http_uaas_module.so")};\n");
        if (ports.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"load_module {Quote(settings.Modules + "/ngx_stream_uaas_module.so")};\n");
        WriteMain(text, settings);
        WriteHttp(text, deployment, settings);
        if (ports.Length > 0)
            WriteStream(text, ports, settings.Address.Address);
        return text.ToString();
    }

    private static void WriteMain(StringBuilder text, NginxSettings settings) => text.Append(CultureInfo.InvariantCulture,
        $$"""

        {{(settings.IsPrivileged ? "user root;\n" : "")}}worker_processes auto;
        pid {{Quote(settings.Folder + "/nginx.pid")}};
        error_log stderr;
        uaas_master {{Quote(settings.MasterSocket)}};
        uaas_zone 16m;
        events { worker_connections 8192; }


        """);

    private static void WriteHttp(StringBuilder text, Deployment deployment, NginxSettings settings)
    {
        text.Append(CultureInfo.InvariantCulture,
            $$"""
            http {
                access_log off;
                client_body_temp_path {{Quote(settings.Folder + "/body")}};
                proxy_temp_path {{Quote(settings.Folder + "/proxy")}};
                fastcgi_temp_path {{Quote(settings.Folder + "/fastcgi")}};
                uwsgi_temp_path {{Quote(settings.Folder + "/uwsgi")}};
                scgi_temp_path {{Quote(settings.Folder + "/scgi")}};
                keepalive_requests 1000000;
                server_names_hash_bucket_size 256;

                # Nothing is held back between client and instance, and the instances judge bodies.
                client_max_body_size 0;
                proxy_buffering off;
                proxy_request_buffering off;
                proxy_read_timeout 100s;
                proxy_send_timeout 100s;

                # Connections to instances are kept; upgraded ones (WebSocket) are passed through.
                map $http_upgrade $uaas_connection { default upgrade; "" ""; }
                proxy_http_version 1.1;
                proxy_set_header Connection $uaas_connection;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-Host $http_host;

            """);
        foreach (RouteServer server in RouteTree.Build(deployment.Services))
            WriteServer(text, server, settings.Address);
        text.Append("}\n");
    }

    private static void WriteServer(StringBuilder text, RouteServer server, IPEndPoint address)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n    server {{\n        listen {address}{(server.Host is null ? " default_server" : "")};\n");
        if (server.Host is not null)
            text.Append(CultureInfo.InvariantCulture, $"        server_name {Quote(server.Host)};\n");
        foreach (RouteLocation location in server.Locations)
        {
            // Whole segments: /img and what is below it, not /images.
            if (location.Prefix.Length > 0)
                WriteExact(text, location);
            WritePrefix(text, location);
        }
        text.Append("    }\n");
    }

    /// <summary>The prefix as a path of its own. Its extension is known here.</summary>
    private static void WriteExact(StringBuilder text, RouteLocation location)
    {
        string name = location.Prefix[(location.Prefix.LastIndexOf('/') + 1)..];
        string extension = name.Contains('.', StringComparison.Ordinal) ? name[(name.LastIndexOf('.') + 1)..].ToLowerInvariant() : "";
        text.Append(CultureInfo.InvariantCulture, $"        location = {Quote(location.Prefix)} {{ ");
        WritePass(text, location.Routes.FirstOrDefault(route => route.Route.Extensions.Count == 0 || route.Route.Extensions.Contains(extension)));
        text.Append(" }\n");
    }

    private static void WritePrefix(StringBuilder text, RouteLocation location)
    {
        text.Append(CultureInfo.InvariantCulture, $"        location {Quote(location.Prefix + "/")} {{\n");
        foreach (ServiceRoute route in location.Routes.Where(route => route.Route.Extensions.Count > 0))
        {
            string extensions = string.Join('|', route.Route.Extensions.Select(Regex.Escape));
            text.Append(CultureInfo.InvariantCulture, $"            location ~* {Quote($@"\.(?:{extensions})$")} {{ ");
            WritePass(text, route);
            text.Append(" }\n");
        }
        text.Append("            ");
        WritePass(text, location.Routes.FirstOrDefault(route => route.Route.Extensions.Count == 0));
        text.Append("\n        }\n");
    }

    private static void WritePass(StringBuilder text, ServiceRoute? route)
    {
        if (route is null)
        {
            text.Append("return 404;");
            return;
        }
        if (route.Route.Strip && route.Prefix.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"rewrite {Quote($"^{Regex.Escape(route.Prefix)}(?:/(.*))?$")} /$1 break; ");
        text.Append(CultureInfo.InvariantCulture, $"uaas_pass {route.Service};");
    }

    private static void WriteStream(StringBuilder text, IEnumerable<(ServiceDefinition Service, TcpPort Port)> ports, IPAddress address)
    {
        text.Append("\nstream {\n");
        foreach ((ServiceDefinition service, TcpPort port) in ports)
            text.Append(CultureInfo.InvariantCulture, $"    server {{ listen {new IPEndPoint(address, port.Listen)}; uaas_pass {service.Name}:{port.Port}; }}\n");
        text.Append("}\n");
    }

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
