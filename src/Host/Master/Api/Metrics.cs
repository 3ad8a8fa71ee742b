// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Uaas.Master.Control;

namespace Uaas.Master.Api;

/// <summary>What there is, as Prometheus reads it (text format 0.0.4).</summary>
internal static class Metrics
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    internal static string Write(ControlLoop control)
    {
        var text = new StringBuilder();
        IReadOnlyList<ServiceView> services = control.Services();
        Family(text, "uaas_service_instances_desired", "gauge", "Instances that are needed.", services, service => service.Desired);
        Family(text, "uaas_service_instances_ready", "gauge", "Instances that answer.", services, service => service.Ready);
        Family(text, "uaas_service_instances_starting", "gauge", "Instances that come up.", services, service => service.Starting);
        Family(text, "uaas_service_requests_waiting", "gauge", "Requests that wait for an instance.", services, service => service.Waiting);
        Family(text, "uaas_service_concurrency", "gauge", "Mean of the requests at a time, over the stable window.", services, service => service.Concurrency);
        Family(text, "uaas_service_requests_total", "counter", "Requests that fronts have ended since the master began.", services, service => service.Requests);
        IReadOnlyList<InstanceView> instances = control.Instances();
        Family(text, "uaas_instance_requests", "gauge", "Requests that an instance is answering.", instances, instance => instance.Requests);
        Family(text, "uaas_instance_memory_bytes", "gauge", "Memory in use, shared pages in proportion.", instances.Where(instance => instance.MemoryBytes is not null), instance => instance.MemoryBytes ?? 0);
        Family(text, "uaas_instance_cpu_seconds_total", "counter", "Processor time.", instances.Where(instance => instance.CpuMs is not null), instance => (instance.CpuMs ?? 0) / 1000);
        WriteWakes(text, control.Wakes);
        return text.ToString();
    }

    private static void WriteWakes(StringBuilder text, WakeHistogram wakes)
    {
        const string name = "uaas_wake_seconds";
        Head(text, name, "histogram", "From a request to a service at zero to the first byte of its answer.");
        (IReadOnlyList<long> buckets, long count, double sum) = wakes.Read();
        for (int i = 0; i < buckets.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{WakeHistogram.Bounds[i]}\"}} {buckets[i]}\n");
        text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {sum}\n{name}_count {count}\n");
    }

    private static void Family(StringBuilder text, string name, string type, string help, IEnumerable<ServiceView> services, Func<ServiceView, double> value)
    {
        Head(text, name, type, help);
        foreach (ServiceView service in services)
            text.Append(CultureInfo.InvariantCulture, $"{name}{{namespace=\"{service.Namespace}\",service=\"{service.Name}\"}} {value(service)}\n");
    }

    private static void Family(StringBuilder text, string name, string type, string help, IEnumerable<InstanceView> instances, Func<InstanceView, double> value)
    {
        Head(text, name, type, help);
        foreach (InstanceView instance in instances)
            text.Append(CultureInfo.InvariantCulture, $"{name}{{namespace=\"{instance.Namespace}\",service=\"{instance.Service}\",instance=\"{instance.Name}\"}} {value(instance)}\n");
    }

    private static void Head(StringBuilder text, string name, string type, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");
}
