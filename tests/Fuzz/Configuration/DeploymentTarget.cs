// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Uaas.Configuration;

namespace Uaas.Fuzz.Configuration;

/// <summary>uaas.yaml: any text is read, or refused with mistakes that have a place. What was read survives its JSON form.</summary>
internal sealed class DeploymentTarget : IFuzzTarget
{
    private const int MaxErrors = 101;

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "services: { web: { image: http, content: ./site } }"u8.ToArray(),
        """
        namespace: acme
        limits: { instances: 100, memory: 8GiB, cpu: 4 }
        services:
          web:
            image: http
            content: &c ./site
            route: [ /, { host: www.example.org, path: /docs, strip: true, extensions: [html] } ]
            env: { A: 1 }
            links: { 9000: images, 9001: "video:1935" }
            egress: [ 10.0.0.0/8, "192.0.2.1:443" ]
            scale: { min: 1, max: 20, idle: 5m }
            resources: { memory: 16MiB, cpu: 0.5, reserve: { memory: 4MiB, cpu: 2m } }
            rollout: { max-surge: 2, undo: off }
          images: { image: img, content: *c, route: /img }
          video: { image: flv, ports: { rtmp: { listen: 11935, port: 1935 } }, volumes: { data: 10GiB } }
        """u8.ToArray(),
        """{"mode": "combined", "services": {"a": {"image": "http", "content": "x"}, "b": {"image": "img", "scale": 3}}}"""u8.ToArray(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        Deployment deployment;
        try
        {
            deployment = ConfigurationReader.Parse(Encoding.UTF8.GetString(input), "uaas.yaml", "/app", static path => path.Length % 2 == 0 ? PathKind.Directory : PathKind.File);
        }
        catch (ConfigurationException refused)
        {
            if (refused.Errors.Count is 0 or > MaxErrors)
                throw new InvalidOperationException($"refused with {refused.Errors.Count} mistakes", refused);
            foreach (ConfigurationError error in refused.Errors)
            {
                if (error.Line < 1 || error.Column < 1 || error.Message.Length == 0)
                    throw new InvalidOperationException($"a mistake without a place or words: {error}", refused);
            }
            return;
        }
        if (deployment.Services.Count == 0)
            throw new InvalidOperationException("a deployment of nothing was accepted");
        string json = JsonSerializer.Serialize(deployment, ConfigurationJson.Default.Deployment);
        if (JsonSerializer.Serialize(JsonSerializer.Deserialize(json, ConfigurationJson.Default.Deployment)!, ConfigurationJson.Default.Deployment) != json)
            throw new InvalidOperationException("the JSON form loses something");
    }
}
