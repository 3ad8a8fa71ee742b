// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Uaas.Master.Control;
using Uaas.Protocol.Front;

namespace Uaas.Master.Api;

/// <summary>What there is, as Prometheus reads it (text format 0.0.4). Every name that a label has is a name of DNS: none needs quoting.</summary>
internal static class Metrics
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly string[] States = ["pending", "starting", "running", "draining", "stopping"];

    internal static string Write(ControlLoop control)
    {
        var text = new StringBuilder();
        IReadOnlyList<ServiceView> services = control.Services();
        IReadOnlyList<ServiceCounters> counters = control.Counters();
        IReadOnlyList<InstanceView> instances = control.Instances();
        WriteMaster(text, control);
        WriteServices(text, services);
        WriteStates(text, services, instances);
        WriteCounters(text, counters);
        WriteInstances(text, instances);
        Head(text, "uaas_wake_seconds", "histogram", "From a request to a service at zero to the first byte of its answer.");
        (IReadOnlyList<long> buckets, long count, double sum) = control.Wakes.Read();
        WriteHistogram(text, "uaas_wake_seconds", "", WakeHistogram.Bounds, buckets, count, sum);
        return text.ToString();
    }

    private static void WriteMaster(StringBuilder text, ControlLoop control)
    {
        string version = typeof(Metrics).Assembly.GetName().Version?.ToString(3) ?? "";
        Head(text, "uaas_build_info", "gauge", "The version that runs; always 1.");
        text.Append(CultureInfo.InvariantCulture, $"uaas_build_info{{version=\"{version}\"}} 1\n");
        Head(text, "uaas_fronts", "gauge", "Fronts that are connected.");
        text.Append(CultureInfo.InvariantCulture, $"uaas_fronts {control.FrontCount}\n");
        Head(text, "process_resident_memory_bytes", "gauge", "Memory of the master.");
        text.Append(CultureInfo.InvariantCulture, $"process_resident_memory_bytes {Environment.WorkingSet}\n");
        Head(text, "process_cpu_seconds_total", "counter", "Processor time of the master.");
        text.Append(CultureInfo.InvariantCulture, $"process_cpu_seconds_total {Environment.CpuUsage.TotalTime.TotalSeconds}\n");
    }

    private static void WriteServices(StringBuilder text, IReadOnlyList<ServiceView> services)
    {
        Family(text, "uaas_service_instances_desired", "gauge", "Instances that are needed.", services, LabelsOf, service => service.Desired);
        Family(text, "uaas_service_instances_ready", "gauge", "Instances that answer.", services, LabelsOf, service => service.Ready);
        Family(text, "uaas_service_instances_starting", "gauge", "Instances that come up.", services, LabelsOf, service => service.Starting);
        Family(text, "uaas_service_requests_waiting", "gauge", "Requests that wait for an instance.", services, LabelsOf, service => service.Waiting);
        Family(text, "uaas_service_concurrency", "gauge", "Mean of the requests at a time, over the stable window.", services, LabelsOf, service => service.Concurrency);
        Family(text, "uaas_service_requests_total", "counter", "Requests that fronts have ended since the master began.", services, LabelsOf, service => service.Requests);
        Family(text, "uaas_service_crash_loop", "gauge", "1 while its instances end again and again.", services, LabelsOf, service => service.State == "crash-loop" ? 1 : 0);
    }

    private static void WriteStates(StringBuilder text, IReadOnlyList<ServiceView> services, IReadOnlyList<InstanceView> instances)
    {
        ILookup<(string, string, string), InstanceView> byState = instances.ToLookup(instance => (instance.Namespace, instance.Service, instance.State));
        Head(text, "uaas_instances", "gauge", "Instances by state.");
        foreach (ServiceView service in services)
        {
            foreach (string state in States)
                text.Append(CultureInfo.InvariantCulture, $"uaas_instances{{{LabelsOf(service)},state=\"{state}\"}} {byState[(service.Namespace, service.Name, state)].Count()}\n");
        }
    }

    private static void WriteCounters(StringBuilder text, IReadOnlyList<ServiceCounters> counters)
    {
        Family(text, "uaas_service_restarts_total", "counter", "Instances that ended on their own or did not start, each of which is replaced where one is needed.", counters, LabelsOf, service => service.Failures);
        Head(text, "uaas_requests_total", "counter", "Requests that the embedded front has answered, by class of status.");
        foreach (ServiceCounters service in counters)
        {
            for (int i = 0; i < RequestStatistics.CodeClasses; i++)
                text.Append(CultureInfo.InvariantCulture, $"uaas_requests_total{{{LabelsOf(service)},code=\"{i + 1}xx\"}} {service.Statistics.Codes[i]}\n");
        }
        Head(text, "uaas_request_seconds", "histogram", "How long requests took at the embedded front, from their head to the end of their answer.");
        foreach (ServiceCounters service in counters)
        {
            long[] cumulative = new long[RequestStatistics.Bounds.Count];
            long count = 0;
            for (int i = 0; i < cumulative.Length; i++)
                cumulative[i] = count += service.Statistics.Buckets[i];
            count += service.Statistics.Buckets[cumulative.Length];
            WriteHistogram(text, "uaas_request_seconds", LabelsOf(service), RequestStatistics.Bounds, cumulative, count, service.Statistics.SumMicroseconds / 1e6);
        }
    }

    private static void WriteInstances(StringBuilder text, IReadOnlyList<InstanceView> instances)
    {
        Family(text, "uaas_instance_requests", "gauge", "Requests that an instance is answering.", instances, LabelsOf, instance => instance.Requests);
        Family(text, "uaas_instance_memory_bytes", "gauge", "Memory in use, shared pages in proportion.", instances.Where(instance => instance.MemoryBytes is not null), LabelsOf, instance => instance.MemoryBytes ?? 0);
        Family(text, "uaas_instance_cpu_seconds_total", "counter", "Processor time.", instances.Where(instance => instance.CpuMs is not null), LabelsOf, instance => (instance.CpuMs ?? 0) / 1000);
        Family(text, "uaas_instance_start_seconds", "gauge", "From its start, or the request that it was started for, to its first answer.", instances.Where(instance => instance.ReadyAfterMs is not null), LabelsOf, instance => (instance.ReadyAfterMs ?? 0) / 1000);
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, IReadOnlyList<double> bounds, IReadOnlyList<long> cumulative, long count, double sum)
    {
        string separator = labels.Length > 0 ? "," : "";
        for (int i = 0; i < bounds.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{separator}le=\"{bounds[i]}\"}} {cumulative[i]}\n");
        string all = labels.Length > 0 ? $"{{{labels}}}" : "";
        text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{separator}le=\"+Inf\"}} {count}\n{name}_sum{all} {sum}\n{name}_count{all} {count}\n");
    }

    private static void Family<T>(StringBuilder text, string name, string type, string help, IEnumerable<T> items, Func<T, string> labels, Func<T, double> value)
    {
        Head(text, name, type, help);
        foreach (T item in items)
            text.Append(CultureInfo.InvariantCulture, $"{name}{{{labels(item)}}} {value(item)}\n");
    }

    private static string LabelsOf(ServiceView service) => $"namespace=\"{service.Namespace}\",service=\"{service.Name}\"";

    private static string LabelsOf(ServiceCounters service) => $"namespace=\"{service.Namespace}\",service=\"{service.Name}\"";

    private static string LabelsOf(InstanceView instance) => $"namespace=\"{instance.Namespace}\",service=\"{instance.Service}\",instance=\"{instance.Name}\"";

    private static void Head(StringBuilder text, string name, string type, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");
}
