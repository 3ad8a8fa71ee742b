// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text.Json;

namespace Uaas.Configuration;

/// <summary>Digests by which definitions are compared: equal definitions have equal digests, whatever the order of the file was.</summary>
public static class ServiceDigest
{
    /// <summary>The digest of the whole definition, as 64 hexadecimal digits: for ETags.</summary>
    public static string Of(ServiceDefinition service) => Hash(service);

    /// <summary>
    /// The digest of what an instance is made of: a change of it is a new revision, whose instances take the place of the old ones. Routes, scale,
    /// restart, rollout, queue and drain are not part of it: they change without a new instance.
    /// </summary>
    /// <param name="service">The definition.</param>
    /// <param name="imageDigest">The digest of the image that <see cref="ServiceDefinition.Image"/> was resolved to.</param>
    /// <param name="contentDigest">The digest of the packed content; null where there is none.</param>
    /// <param name="settingsDigest">The digest of the environment with what is in the secrets' files; null where that is not known: their paths count then.</param>
    public static string OfRevision(ServiceDefinition service, string imageDigest, string? contentDigest, string? settingsDigest = null) => Hash(service with
    {
        Secrets = settingsDigest is null ? service.Secrets : new SortedDictionary<string, string> { [""] = settingsDigest },
        Image = new ImageSource(ImageKind.Reference, imageDigest),
        Content = contentDigest,
        Config = null,
        Health = service.Health with { Interval = null, Failures = new HealthSettings().Failures },
        Routes = [],
        Scale = new(),
        Restart = new(),
        Rollout = new(),
        Queue = new(),
        Drain = default,
        Ports = new ServicePorts { Http = service.Ports.Http },
    });

    private static string Hash(ServiceDefinition service) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(service, ConfigurationJson.Default.ServiceDefinition)));
}
