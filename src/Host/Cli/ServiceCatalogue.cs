// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.CommandLine;
using System.Linq;

namespace Uaas.Cli;

/// <summary>The services that come with the command.</summary>
internal static class ServiceCatalogue
{
    private static readonly ServicePort Rtmp = new(
        new Option<int>("--rtmp-port") { Description = "The port to take RTMP on; 0 takes any that is free", DefaultValueFactory = _ => 1935 },
        GuestPort: 1935, Scheme: "rtmp", Path: "/live/");

    /// <summary>All of them, in the order in which people are told.</summary>
    internal static readonly IReadOnlyList<ServiceDescription> All =
    [
        new() { Name = "http", Title = "a site", Content = ContentUse.Required },
        new() { Name = "img", Title = "pictures of a site in any size", MemoryMebibytes = 128, Content = ContentUse.Required },
        new()
        {
            Name = "flv", Title = "live video, and films", MemoryMebibytes = 72, Content = ContentUse.Optional, IndexesFilms = true, Ports = [Rtmp],
            OnlyOneBecause = "a stream lives where it is published",
        },
        new()
        {
            Name = "combined", Title = "all of these in one", MemoryMebibytes = 192, Content = ContentUse.Required, IndexesFilms = true, Ports = [Rtmp],
            OnlyOneBecause = "a stream lives where it is published",
        },
    ];

    /// <summary>The ports of all services, each once.</summary>
    internal static IEnumerable<ServicePort> Ports => All.SelectMany(service => service.Ports).Distinct();

    /// <summary>The options of all services, each once.</summary>
    internal static IEnumerable<ServiceOption> Options => All.SelectMany(service => service.Options).Distinct();

    /// <summary>The service of that name; null where there is none.</summary>
    internal static ServiceDescription? Find(string name) => All.FirstOrDefault(service => service.Name == name);
}
