// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json;
using Uaas.Linux;

namespace Uaas.Host.Images.Registry;

/// <summary>User and password for a registry, from the files in which docker, podman and skopeo keep them (containers-auth.json(5)).</summary>
/// <param name="User">The user.</param>
/// <param name="Password">The password.</param>
public sealed record RegistryCredentials(string User, string Password)
{
    private const string Variable = "REGISTRY_AUTH_FILE";

    /// <summary>What stands for HTTP's Basic scheme (RFC 7617).</summary>
    internal string Basic => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));

    /// <summary>The credentials of this user for a registry; null for none.</summary>
    /// <exception cref="UaasException">A file of credentials is there, but cannot be read.</exception>
    public static RegistryCredentials? Find(string registry) =>
        Files().Where(File.Exists).Select(file => Read(file, registry)).FirstOrDefault(found => found is not null);

    /// <summary>The credentials in a file of that format; null where it has none for the registry.</summary>
    internal static RegistryCredentials? Read(string file, string registry)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            return json.RootElement.TryGetProperty("auths", out JsonElement all) && all.TryGetProperty(registry, out JsonElement entry)
                && entry.TryGetProperty("auth", out JsonElement auth) && auth.GetString() is { Length: > 0 } encoded
                ? Decode(encoded) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new UaasException(Failure.Registry, $"the credentials in {file} cannot be read: {e.Message}", $"repair it, or name another: {Variable}=FILE", e);
        }
    }

    private static RegistryCredentials Decode(string encoded)
    {
        string pair = Encoding.UTF8.GetString(Convert.FromBase64String(encoded));
        int colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? new RegistryCredentials(pair[..colon], pair[(colon + 1)..]) : throw new FormatException("an entry is not USER:PASSWORD");
    }

    private static IEnumerable<string> Files()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }
        if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime)
            yield return Path.Combine(runtime, "containers", "auth.json");
        string docker = Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } folder ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker");
        yield return Path.Combine(docker, "config.json");
    }
}
