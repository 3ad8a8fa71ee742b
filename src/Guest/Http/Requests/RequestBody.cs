// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>What takes the content of a request as it arrives, already freed from its framing. After an upgrade: all that the client sends.</summary>
public abstract class RequestBody
{
    /// <summary>
    /// Bytes arrived. Returns how many are consumed; when that is not all, the rest is kept back, the client is slowed down, and they are offered again
    /// after <see cref="HttpResponse.ResumeBody"/>.
    /// </summary>
    /// <param name="response">The response to the request that has this content.</param>
    /// <param name="data">The bytes; lent for the call.</param>
    public abstract int Receive(HttpResponse response, ReadOnlySpan<byte> data);

    /// <summary>All of the content has been received.</summary>
    public abstract void Completed(HttpResponse response);

    /// <summary>
    /// The rest of the content will not come: the connection is gone, or the content is malformed or too large (then the request is answered with the right
    /// status unless it has been answered).
    /// </summary>
    public abstract void Aborted(HttpResponse response);
}
