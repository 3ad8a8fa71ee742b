// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Configuration.Tests;

/// <summary>Reads configurations as if they lay in /app, where some files are.</summary>
internal static class Yaml
{
    internal static Deployment Read(string yaml) => ConfigurationReader.Parse(yaml, "uaas.yaml", "/app", Look);

    internal static IReadOnlyList<ConfigurationError> ErrorsOf(string yaml) => Assert.Throws<ConfigurationException>(() => Read(yaml)).Errors;

    internal static ServiceDefinition ServiceOf(string yaml, string name = "web") => Read(yaml).Services.Single(service => service.Name == name);

    private static PathKind Look(string path) => path switch
    {
        "/app/site" or "/app/other" or "/app/project" => PathKind.Directory,
        "/app/site.yaml" or "/app/kernel.elf" or "/app/token.txt" => PathKind.File,
        _ => PathKind.Missing,
    };
}
