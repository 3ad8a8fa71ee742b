// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using Uaas.Cli.Nginx;
using Uaas.Configuration;

namespace Uaas.Nginx.Tests;

/// <summary>What the configuration that uaas nginx writes is made from in tests.</summary>
internal static class GeneratedNginx
{
    internal static Deployment Deploy(Dictionary<string, Route[]> services) => new()
    {
        Services = [.. services.Select(static pair => new ServiceDefinition { Name = pair.Key, Image = new ImageSource(ImageKind.BuiltIn, "http"), Routes = pair.Value })],
    };

    internal static NginxSettings Settings(string folder, int port) => new()
    {
        Modules = Paths.Modules,
        StreamModule = Paths.StreamModule,
        Folder = folder,
        MasterSocket = Path.Combine(folder, "front.sock"),
        Address = new IPEndPoint(IPAddress.Loopback, port),
        IsPrivileged = Environment.IsPrivilegedProcess,
    };
}
