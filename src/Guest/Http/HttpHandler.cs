// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Http;

/// <summary>Answers requests.</summary>
public abstract class HttpHandler
{
    /// <summary>
    /// Whether the content of a request can matter to this handler. Where it cannot, chunked content of up to 16 KiB is read and checked before the request is
    /// handled, so that broken framing is told with 400; otherwise the handler may have answered by then, and the connection just closes.
    /// </summary>
    public virtual bool TakesContent => true;

    /// <summary>
    /// Answers one request. Either the response is sent during the call, or the handler keeps <paramref name="response"/> and sends it later; requests behind
    /// it on the same connection wait until then.
    /// </summary>
    /// <param name="request">The request; lent for the call.</param>
    /// <param name="response">Its response; the handler's until it is sent, or until <see cref="Abandoned"/>.</param>
    public abstract void Handle(in HttpRequest request, HttpResponse response);

    /// <summary>
    /// The connection of a response that was not sent, or not sent to its end, is gone: forget it. The object serves another request from now on.
    /// Called for responses that outlive <see cref="Handle"/> alone.
    /// </summary>
    public virtual void Abandoned(HttpResponse response)
    {
    }
}
