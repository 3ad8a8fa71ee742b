// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Configuration;
using Uaas.Master.Control;
using Uaas.Protocol.Front;

namespace Uaas.Master.Fronts;

/// <summary>The lines that fronts are told (docs/front-protocol.md).</summary>
internal static class FrontMessages
{
    internal static byte[] Hello() => FrontLine.Write("HELLO", ("version", FrontLine.Version), ("node", Environment.MachineName));

    internal static byte[] Service(ServiceRecord service) => FrontLine.Write("SERVICE", ("name", service.Key), ("port", service.Definition.Ports.Http ?? 0),
        ("concurrency", service.Definition.Scale.Concurrency), ("queue", service.Definition.Queue.Length), ("deadline_ms", (long)service.Definition.Queue.Deadline.TotalMilliseconds));

    internal static byte[] Route(ServiceRecord service, Route route) => route.Extensions.Count == 0
        ? FrontLine.Write("ROUTE", ("service", service.Key), ("host", route.Host ?? "*"), ("path", route.Path), ("strip", route.Strip ? 1 : 0))
        : FrontLine.Write("ROUTE", ("service", service.Key), ("host", route.Host ?? "*"), ("path", route.Path), ("strip", route.Strip ? 1 : 0), ("extensions", string.Join(',', route.Extensions)));

    internal static byte[] Tcp(ServiceRecord service, TcpPort port) => FrontLine.Write("TCP", ("service", service.Key), ("listen", port.Listen), ("port", port.Port));

    internal static byte[] Instance(InstanceRecord record, string state) =>
        FrontLine.Write("INSTANCE", ("id", record.Name), ("service", record.Service.Key), ("address", record.Address!), ("state", state));

    internal static byte[] Synced() => FrontLine.Write("SYNCED");

    internal static byte[] GoneInstance(string name) => FrontLine.Write("GONE", ("instance", name));

    internal static byte[] GoneService(string key) => FrontLine.Write("GONE", ("service", key));

    internal static byte[] GoneRoutes() => "GONE routes\n"u8.ToArray();

    internal static byte[] Give(long sequence, InstanceRecord record, bool isCold) =>
        FrontLine.Write("GIVE", ("seq", sequence), ("instance", record.Name), ("service", record.Service.Key), ("address", record.Address!), ("cold", isCold ? 1 : 0));

    internal static byte[] Refuse(long sequence, int status, int retryAfter, string reason) =>
        FrontLine.Write("REFUSE", ("seq", sequence), ("status", status), ("retry_after", retryAfter), ("reason", reason));
}
