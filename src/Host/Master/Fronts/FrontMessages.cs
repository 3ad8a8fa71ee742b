// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration;
using Uaas.Master.Control;
using Uaas.Protocol.Front;

namespace Uaas.Master.Fronts;

/// <summary>The lines that fronts are told (docs/front-protocol.md).</summary>
internal static class FrontMessages
{
    internal static byte[] Hello() => FrontLine.Write("HELLO", ("version", FrontLine.Version), ("node", Environment.MachineName));

    /// <summary>A service, and what its instances may ask for by name.</summary>
    internal static byte[] Service(ServiceRecord service)
    {
        ServiceDefinition definition = service.Definition;
        (string, object)[] words = [("name", service.Key), ("port", definition.Ports.Http ?? 0),
            ("concurrency", definition.Scale.Concurrency), ("queue", definition.Queue.Length), ("deadline_ms", (long)definition.Queue.Deadline.TotalMilliseconds)];
        if (definition.Health is { Interval: { } interval, Path: { } path })
            words = [.. words, ("health", path), ("health_every_ms", (long)interval.TotalMilliseconds), ("health_failures", definition.Health.Failures)];
        byte[] settings = FrontLine.Write("SERVICE", words);
        IEnumerable<string> linked = definition.Links.Select(link => ServiceRecord.KeyOf(service.Owner.Name, link.Service)).Distinct();
        return [.. settings, .. linked.SelectMany(to => FrontLine.Write("LINK", ("service", service.Key), ("to", to)))];
    }

    internal static byte[] Route(ServiceRecord service, Route route)
    {
        (string, object)[] words = [("service", service.Key), ("host", route.Host ?? "*"), ("path", route.Path), ("strip", route.Strip ? 1 : 0)];
        if (route.Extensions.Count > 0)
            words = [.. words, ("extensions", string.Join(',', route.Extensions))];
        return FrontLine.Write("ROUTE", service.Owner.Tls.Redirect ? [.. words, ("https", 1)] : words);
    }

    internal static byte[] Certificate(CertificateFiles files, TlsMinimum minimum) =>
        FrontLine.Write("CERTIFICATE", ("certificate", files.Certificate), ("key", files.Key), ("minimum", minimum == TlsMinimum.Tls13 ? "1.3" : "1.2"));

    internal static byte[] Tcp(ServiceRecord service, TcpPort port) => FrontLine.Write("TCP", ("service", service.Key), ("listen", port.Listen), ("port", port.Port));

    internal static byte[] Instance(InstanceRecord record, string state) =>
        FrontLine.Write("INSTANCE", ("id", record.Name), ("service", record.Service.Key), ("address", record.Address!), ("state", state));

    internal static byte[] Asker(InstanceRecord record) =>
        FrontLine.Write("ASKER", ("id", record.Name), ("service", record.Service.Key), ("address", record.Address!));

    internal static byte[] Synced() => FrontLine.Write("SYNCED");

    internal static byte[] GoneInstance(string name) => FrontLine.Write("GONE", ("instance", name));

    internal static byte[] GoneService(string key) => FrontLine.Write("GONE", ("service", key));

    internal static byte[] GoneRoutes() => "GONE routes\n"u8.ToArray();

    internal static byte[] Give(long sequence, InstanceRecord record, bool isCold) =>
        FrontLine.Write("GIVE", ("seq", sequence), ("instance", record.Name), ("service", record.Service.Key), ("address", record.Address!), ("cold", isCold ? 1 : 0));

    internal static byte[] Refuse(long sequence, int status, int retryAfter, string reason) =>
        FrontLine.Write("REFUSE", ("seq", sequence), ("status", status), ("retry_after", retryAfter), ("reason", reason));
}
