// SPDX-License-Identifier: Apache-2.0

using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Uaas.Linux;

namespace Uaas.Host.Images.Registry;

/// <summary>How a registry is talked to.</summary>
public sealed record RegistryOptions
{
    /// <summary>Whether plain HTTP may be spoken to other machines than this one.</summary>
    public bool Insecure { get; init; }

    /// <summary>User and password; null for none.</summary>
    public RegistryCredentials? Credentials { get; init; }
}

/// <summary>HTTP with one registry, for one repository: its scheme, its tokens, its errors in words.</summary>
internal sealed class RegistryConnection : IDisposable
{
    private const int MaxTokenSize = 1 << 20;
    private const int MaxErrorSize = 4096;

    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client = new(new SocketsHttpHandler { ConnectTimeout = ConnectWithin }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly string _host;
    private readonly string _scope;
    private readonly RegistryOptions _options;
    private AuthenticationHeaderValue? _authorization;

    /// <param name="host">Host, and port if given.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="mayPush">Whether to ask for the right to push.</param>
    /// <param name="options">How to talk.</param>
    internal RegistryConnection(string host, string repository, bool mayPush, RegistryOptions options)
    {
        _host = host;
        _scope = $"repository:{repository}:{(mayPush ? "pull,push" : "pull")}";
        _options = options;
        Root = new Uri($"{(options.Insecure || IsThisMachine(host) ? "http" : "https")}://{host}/v2/{repository}/");
    }

    /// <summary>Where the repository is.</summary>
    internal Uri Root { get; }

    /// <summary>Whether a host is this very machine: nobody listens to plain HTTP there.</summary>
    internal static bool IsThisMachine(string host)
    {
        string name = host.StartsWith('[') ? host[1..Math.Max(host.IndexOf(']', StringComparison.Ordinal), 1)] : host.Split(':')[0];
        return name == "localhost" || IPAddress.TryParse(name, out IPAddress? address) && IPAddress.IsLoopback(address);
    }

    /// <summary>Sends a request, once more if the registry asks for authentication. An error is left to the caller.</summary>
    /// <param name="make">Makes the request.</param>
    /// <param name="cancellation">Calls it off.</param>
    internal async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        HttpResponseMessage response = await SendOnceAsync(make, cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
            return response;
        using (response)
            _authorization = await AuthorizeAsync(response, cancellation).ConfigureAwait(false);
        return await SendOnceAsync(make, cancellation).ConfigureAwait(false);
    }

    /// <summary>What an answer that is no success means.</summary>
    internal async Task<UaasException> ExplainAsync(HttpResponseMessage response, string what, CancellationToken cancellation)
    {
        string detail = await ReadErrorAsync(response, cancellation).ConfigureAwait(false);
        string status = $"{(int)response.StatusCode} {response.ReasonPhrase}{detail}";
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UaasException(Failure.Registry, $"{_host} refuses {what}: {status}",
                "give it a user and a password: skopeo login, podman login or docker login, or REGISTRY_AUTH_FILE=FILE"),
            HttpStatusCode.NotFound => new UaasException(Failure.Registry, $"{_host} has no {what}: {status}"),
            HttpStatusCode.TooManyRequests => new UaasException(Failure.Registry, $"{_host} has had too many requests: {status}", "try again later"),
            _ => new UaasException(Failure.Registry, $"{_host} does not give or take {what}: {status}"),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        using HttpRequestMessage request = make();
        bool sameHost = request.RequestUri!.Authority == Root.Authority && request.RequestUri.Scheme == Root.Scheme;
        if (sameHost && request.Headers.Authorization is null)
            request.Headers.Authorization = _authorization;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(AnswerWithin);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, late.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e, request.RequestUri.Authority);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new UaasException(Failure.Registry, $"{_host} did not answer within {AnswerWithin.TotalMinutes:0} minutes", null, e);
        }
    }

    private UaasException Unreachable(HttpRequestException e, string authority)
    {
        bool speaksPlain = Root.Scheme == Uri.UriSchemeHttps && e.HttpRequestError == HttpRequestError.SecureConnectionError;
        string? remedy = speaksPlain ? "if it speaks plain HTTP, and you trust the network between: --insecure"
            : e.InnerException is SocketException ? "is it running, and is its name right?" : null;
        return new UaasException(Failure.Registry, $"no connection with {authority}: {e.InnerException?.Message ?? e.Message}", remedy, e);
    }

    private async Task<AuthenticationHeaderValue?> AuthorizeAsync(HttpResponseMessage refusal, CancellationToken cancellation)
    {
        Challenge? challenge = Challenge.Find(refusal.Headers.WwwAuthenticate);
        if (challenge is { Scheme: "bearer" })
            return new AuthenticationHeaderValue("Bearer", await FetchTokenAsync(challenge, cancellation).ConfigureAwait(false));
        return challenge is { Scheme: "basic" } && _options.Credentials is { } credentials ? new AuthenticationHeaderValue("Basic", credentials.Basic)
            : throw await ExplainAsync(refusal, "this user", cancellation).ConfigureAwait(false);
    }

    /// <summary>Fetches a token (CNCF Distribution, "Token Authentication Specification").</summary>
    private async Task<string> FetchTokenAsync(Challenge challenge, CancellationToken cancellation)
    {
        if (!challenge.Parameters.TryGetValue("realm", out string? realm) || !Uri.TryCreate(realm, UriKind.Absolute, out Uri? address) || !MayBeTold(address))
            throw new UaasException(Failure.Registry, $"{_host} sends us for a token to '{realm}', which is no place to send a password to");
        string service = challenge.Parameters.TryGetValue("service", out string? named) ? $"service={Uri.EscapeDataString(named)}&" : "";
        var query = new UriBuilder(address) { Query = $"{service}scope={Uri.EscapeDataString(_scope)}" };
        using HttpResponseMessage response = await SendOnceAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, query.Uri);
            if (_options.Credentials is { } credentials)
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credentials.Basic);
            return request;
        }, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await ExplainAsync(response, "a token", cancellation).ConfigureAwait(false);
        return ReadToken(await ReadAtMostAsync(response, MaxTokenSize, cancellation).ConfigureAwait(false))
            ?? throw new UaasException(Failure.Registry, $"the answer of {address.Host} has no token in it");
    }

    private bool MayBeTold(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp && (_options.Insecure || IsThisMachine(address.Host));

    private static string? ReadToken(byte[] bytes)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes);
            JsonElement root = json.RootElement;
            return root.ValueKind == JsonValueKind.Object && (root.TryGetProperty("token", out JsonElement token) || root.TryGetProperty("access_token", out token))
                && token.ValueKind == JsonValueKind.String ? token.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads an answer whole.</summary>
    /// <exception cref="UaasException">It is longer than that, or breaks off.</exception>
    internal async Task<byte[]> ReadAtMostAsync(HttpResponseMessage response, int most, CancellationToken cancellation)
    {
        try
        {
            using Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            byte[] buffer = new byte[most + 1];
            int length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return length <= most ? buffer[..length] : throw new UaasException(Failure.Registry, $"{_host} answers with more than {most} bytes where a short document was due");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new UaasException(Failure.Registry, $"the connection with {_host} broke: {e.Message}", "try again", e);
        }
    }

    /// <summary>The message of a registry's error (OCI distribution specification, "Error codes"), with a comma before it; empty for none.</summary>
    private static async Task<string> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            byte[] buffer = new byte[MaxErrorSize];
            using Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            int length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            using JsonDocument json = JsonDocument.Parse(buffer.AsMemory(0, length));
            string? message = json.RootElement.GetProperty("errors")[0].GetProperty("message").GetString();
            return message is null ? "" : $", {new string([.. message.Where(character => !char.IsControl(character))])}";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or HttpRequestException or IOException)
        {
            return "";
        }
    }
}
