// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Http;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Mvc;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Deploying;

namespace Uaas.Cli;

/// <summary>The API of a daemon, over its unix socket.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _client;
    private readonly string _socket;

    /// <param name="socket">Path of the API's socket.</param>
    internal ApiClient(string socket)
    {
        _socket = socket;
        _client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation).ConfigureAwait(false);
                return new NetworkStream(connection, ownsSocket: true);
            },
        })
        {
            BaseAddress = new Uri("http://uaas/v1/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Makes a namespace what the deployment says.</summary>
    internal Task<ApplyResult> ApplyAsync(Deployment deployment) =>
        SendAsync(HttpMethod.Put, $"namespaces/{deployment.Namespace}", JsonContent.Create(deployment, ApiJson.Default.Deployment), ApiJson.Default.ApplyResult);

    /// <summary>Reads something.</summary>
    internal Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation = default) => SendAsync(HttpMethod.Get, path, null, type, cancellation);

    /// <summary>Sends a request that has an answer.</summary>
    /// <exception cref="UaasException">The daemon is not there, or refuses.</exception>
    internal async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? content, JsonTypeInfo<T> type, CancellationToken cancellation = default)
    {
        using HttpResponseMessage response = await SendAsync(method, path, content, cancellation).ConfigureAwait(false);
        return await response.Content.ReadFromJsonAsync(type, cancellation).ConfigureAwait(false) ?? throw new JsonException($"{path} answered null");
    }

    /// <summary>Sends a request. Whoever gets the answer disposes it.</summary>
    /// <exception cref="UaasException">The daemon is not there, or refuses.</exception>
    internal async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation = default)
    {
        HttpResponseMessage response;
        try
        {
            response = await _client.SendAsync(new HttpRequestMessage(method, path) { Content = content }, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new UaasException(Failure.Daemon, $"no daemon answers at {_socket}: {Explain(e)}", "start one: uaas serve, or uaas up; or say where it is: --state DIR", e);
        }
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ExplainAsync(response).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>The client's own words are of an address that is none.</summary>
    private static string Explain(HttpRequestException e) => e.InnerException is SocketException socket ? socket.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable => "there is no such socket",
        SocketError.ConnectionRefused => "nobody listens there",
        SocketError.AccessDenied => "it is another user's",
        _ => socket.Message,
    } : e.Message;

    private static async Task<UaasException> ExplainAsync(HttpResponseMessage response)
    {
        string body = await response.Content.ReadAsStringAsync().ConfigureAwait(false);
        try
        {
            if (JsonSerializer.Deserialize(body, ApiJson.Default.ProblemDetails) is { } problem)
            {
                Failure failure = Enum.TryParse(problem.Title, ignoreCase: true, out Failure known) ? known : response.StatusCode == System.Net.HttpStatusCode.NotFound ? Failure.NotFound : Failure.Usage;
                return new UaasException(failure, problem.Detail ?? problem.Title ?? body, problem.Extensions.TryGetValue("remedy", out object? remedy) ? remedy?.ToString() : null);
            }
        }
        catch (JsonException)
        {
            // Not from the API: shown as it is.
        }
        return new UaasException(Failure.Daemon, $"the daemon answered {(int)response.StatusCode}: {body}");
    }
}
