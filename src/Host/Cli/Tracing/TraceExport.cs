// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading.Tasks;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Uaas.Protocol;

namespace Uaas.Cli.Tracing;

/// <summary>Sends the spans of this process to the collector. Until it is made, nobody listens to what could be traced, and nothing is.</summary>
internal static class TraceExport
{
    private const string DefaultServiceName = "uaas";

    /// <summary>Begins; null where traces are not wanted.</summary>
    /// <param name="process">What this process is.</param>
    /// <param name="source">What in it is traced.</param>
    /// <param name="relay">Path of the socket that leads to the collector, for who cannot reach it; null for who can.</param>
    internal static IDisposable? Begin(string process, string source, string? relay)
    {
        if (!TraceSettings.AreWanted(TraceSettings.OfEnvironment))
            return null;
        ResourceBuilder resource = ResourceBuilder.CreateEmpty()
            .AddAttributes([new KeyValuePair<string, object>("service.name", DefaultServiceName)])
            .AddEnvironmentVariableDetector()
            .AddAttributes([new KeyValuePair<string, object>("uaas.process", process), new KeyValuePair<string, object>("service.instance.id", $"{Environment.MachineName}/{process}")]);
        return Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(source)
            .AddOtlpExporter(options =>
            {
                if (relay is not null)
                    options.HttpClientFactory = () => ClientThrough(relay, options);
            })
            .Build();
    }

    private static HttpClient ClientThrough(string relay, OtlpExporterOptions options) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(LocalSocket.Connect(relay), ownsSocket: true)),
    })
    {
        Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds),
    };
}
