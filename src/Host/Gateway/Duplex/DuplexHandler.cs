// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Gateway.Duplex;

/// <summary>Makes a connection to who is to answer a request.</summary>
/// <exception cref="SocketException">Nobody can be reached.</exception>
internal delegate ValueTask<Stream> Connect(HttpRequestMessage request, CancellationToken cancellation);

/// <summary>
/// Takes the answer while it still sends the request. .NET's client for HTTP/1.1 hands an answer over only when the whole request is sent, so that a service which answers as it reads gets
/// as far as sockets hold; then all wait for each other. A content that sockets hold goes the usual way, over a connection that is kept; a longer one, or one of unknown length, has a
/// connection of its own.
/// </summary>
/// <param name="connect">Makes that connection.</param>
/// <param name="within">How long that may take.</param>
/// <param name="inner">The usual way.</param>
internal sealed class DuplexHandler(Connect connect, TimeSpan within, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Bytes of content that can be sent, and taken back, though nobody reads: less than the least window of both sides.</summary>
    internal const int SocketsHold = 32 << 10;

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.Content is not { } content || content.Headers.ContentLength <= SocketsHold ? base.SendAsync(request, cancellationToken) : ExchangeAsync(request, content, cancellationToken);

    private async Task<HttpResponseMessage> ExchangeAsync(HttpRequestMessage request, HttpContent content, CancellationToken cancellation)
    {
        byte[] head = RequestHead.Write(request, content);
        var connection = new DuplexConnection(await ConnectAsync(request, cancellation).ConfigureAwait(false));
        try
        {
            await connection.SendHeadAsync(head, cancellation).ConfigureAwait(false);
            _ = connection.SendContentAsync(content);
            HttpResponseMessage answer = await ReadAsync(request, connection, cancellation).ConfigureAwait(false);
            connection.NoteAnswer();
            return answer;
        }
        catch (IOException lost)
        {
            connection.Dispose();
            throw new HttpRequestException(HttpRequestError.Unknown, "the connection broke off", lost);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private async Task<Stream> ConnectAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(within);
        try
        {
            return await connect(request, late.Token).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is SocketException || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "no connection could be made", failed);
        }
    }

    /// <summary>Reads the answer. What reads it is .NET's client, which believes that it has sent a request without content over this connection, its only one.</summary>
    private static async Task<HttpResponseMessage> ReadAsync(HttpRequestMessage request, DuplexConnection connection, CancellationToken cancellation)
    {
        SocketsHttpHandler reader = InstanceClient.Handler((_, _) => ValueTask.FromResult<Stream>(connection));
        reader.PooledConnectionLifetime = TimeSpan.Zero;
        reader.ActivityHeadersPropagator = null;
        using var client = new HttpMessageInvoker(reader);
        using var asked = new HttpRequestMessage(request.Method, request.RequestUri)
        {
            Version = request.Version,
            VersionPolicy = request.VersionPolicy,
            Headers = { ConnectionClose = true },
        };
        return await client.SendAsync(asked, cancellation).ConfigureAwait(false);
    }
}
