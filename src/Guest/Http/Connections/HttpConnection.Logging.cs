// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>What is logged.</summary>
public sealed partial class HttpConnection
{
    /// <summary>A handler has returned: logs the request if it is answered, and else keeps it for when it is.</summary>
    private void LogRequest(in HttpRequest request)
    {
        AccessLog? log = Server.Log;
        if (log is null) return;
        if (Response.State == ResponseState.Sent) log.Write(in request, Response.Status, Response.ContentLength);
        else log.Hold(Slot, in request);
    }

    private void LogRejected(ReadOnlySpan<byte> data)
    {
        AccessLog? log = Server.Log;
        if (log is null || data.Length == 0) return;
        log.WriteRejected(RemoteAddress, data, Response.Status, Response.ContentLength);
    }

    /// <summary>The connection is gone: a stream that did not come to its end is counted and logged with what it came to.</summary>
    private void CloseLog()
    {
        if (Response.State == ResponseState.Streaming)
        {
            Server.Counters.CountResponse(Response.Status);
            Server.Log?.Complete(Slot, Response.Status, Response.ContentLength);
        }

        Server.Log?.Forget(Slot);
    }
}
