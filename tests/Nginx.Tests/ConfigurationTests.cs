// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Cli.Nginx;
using Uaas.Configuration;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>The text of the configuration that uaas nginx writes; what it means is in <see cref="FrontDoor.FrontDoorRoutingTests"/>.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public void A_configuration_names_only_the_modules_that_it_needs()
    {
        string plain = NginxConfiguration.Write(GeneratedNginx.Deploy(new Dictionary<string, Route[]> { ["web"] = [new Route()] }), GeneratedNginx.Settings("/f", 1));
        Assert.DoesNotContain("stream", plain, StringComparison.Ordinal);
        Deployment video = new() { Services = [new ServiceDefinition { Name = "flv", Image = new ImageSource(ImageKind.BuiltIn, "flv"), Ports = new ServicePorts { Tcp = [new TcpPort("rtmp", 1935, 1936)] } }] };
        Assert.Contains("server { listen 127.0.0.1:1935; uaas_pass flv:1936; }", NginxConfiguration.Write(video, GeneratedNginx.Settings("/f", 1)), StringComparison.Ordinal);
    }
}
