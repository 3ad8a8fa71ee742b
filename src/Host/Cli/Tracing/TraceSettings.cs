// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Cli.Tracing;

/// <summary>
/// Whether traces are wanted, and where they go: the environment variables of OpenTelemetry's specification say it (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL,
/// OTEL_TRACES_SAMPLER and so on). Where none names a collector, nothing is traced.
/// </summary>
internal static class TraceSettings
{
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string AnyEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Exporter = "OTEL_TRACES_EXPORTER";
    private const string Disabled = "OTEL_SDK_DISABLED";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <summary>Whether traces are wanted.</summary>
    internal static bool AreWanted(Func<string, string?> variable)
    {
        if (string.Equals(variable(Disabled), "true", StringComparison.OrdinalIgnoreCase) || variable(Exporter) is { Length: > 0 } and not "otlp")
            return false;
        return variable(Exporter) == "otlp" || variable(TracesEndpoint) is { Length: > 0 } || variable(AnyEndpoint) is { Length: > 0 };
    }

    /// <summary>Where the collector is.</summary>
    /// <exception cref="Linux.UaasException">What is said of it is no address.</exception>
    internal static Uri Collector(Func<string, string?> variable)
    {
        string usual = variable(Protocol) is "http/protobuf" ? "http://localhost:4318" : "http://localhost:4317";
        string text = variable(TracesEndpoint) is { Length: > 0 } traces ? traces : variable(AnyEndpoint) is { Length: > 0 } any ? any : usual;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" ? address
            : throw new Linux.UaasException(Linux.Failure.Usage, $"{AnyEndpoint} is no address of a collector: '{text}'", "such as http://localhost:4318, with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf");
    }

    internal static string? OfEnvironment(string name) => Environment.GetEnvironmentVariable(name);
}
