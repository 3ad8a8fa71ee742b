// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Http;

/// <summary>What a server has counted since it started. Plain numbers: only the server's own thread touches them.</summary>
public struct HttpCounters
{
    /// <summary>Connections that were opened.</summary>
    public long Connections;

    /// <summary>Connections that found no slot and were refused by TCP.</summary>
    public long RefusedConnections;

    /// <summary>Connections that were answered 503 because there were too many.</summary>
    public long OverloadedConnections;

    /// <summary>Requests whose head was good, and so reached a handler.</summary>
    public long Requests;

    /// <summary>Requests that were rejected before a handler saw them.</summary>
    public long RejectedRequests;

    /// <summary>Responses of class 1xx, final ones (101).</summary>
    public long Responses1xx;

    /// <summary>Responses of class 2xx.</summary>
    public long Responses2xx;

    /// <summary>Responses of class 3xx.</summary>
    public long Responses3xx;

    /// <summary>Responses of class 4xx.</summary>
    public long Responses4xx;

    /// <summary>Responses of class 5xx.</summary>
    public long Responses5xx;

    /// <summary>Responses that a handler got wrong (too large a head, a field with a control character) and that became a 500.</summary>
    public long BadResponses;

    /// <summary>Bytes that were received.</summary>
    public long BytesReceived;

    /// <summary>Bytes that were handed to TCP: heads, framing and content.</summary>
    public long BytesSent;

    /// <summary>Connections and requests that took too long.</summary>
    public long Timeouts;

    /// <summary>Connections that were cut off because a response could not be completed.</summary>
    public long Aborts;

    /// <summary>Counts a final response.</summary>
    internal void CountResponse(HttpStatus status)
    {
        switch (HttpStatuses.Class(status))
        {
            case 1: Responses1xx++; break;
            case 2: Responses2xx++; break;
            case 3: Responses3xx++; break;
            case 4: Responses4xx++; break;
            default: Responses5xx++; break;
        }
    }
}
