// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http.Static;

/// <summary>The bounds that a site sets for its server. What is 0 is left to the server.</summary>
public readonly struct SiteLimits
{
    private const long Millisecond = 1_000_000;

    private readonly int _requestLine;
    private readonly int _headSize;
    private readonly int _headerCount;
    private readonly int _body;
    private readonly int _connections;
    private readonly int _headerTimeout;
    private readonly int _idleTimeout;
    private readonly int _sendTimeout;

    private SiteLimits(ref RulesReader reader)
    {
        _requestLine = Read(ref reader, 65_535);
        _headSize = Read(ref reader, 65_535);
        _headerCount = Read(ref reader, 255);
        _body = Read(ref reader, int.MaxValue);
        _connections = Read(ref reader, 1_000_000);
        _headerTimeout = Read(ref reader, int.MaxValue);
        _idleTimeout = Read(ref reader, int.MaxValue);
        _sendTimeout = Read(ref reader, int.MaxValue);
    }

    /// <summary>The server's limits: these, and <paramref name="defaults"/> for what they leave open; never more connections than those allow.</summary>
    public HttpLimits Apply(HttpLimits defaults) => new()
    {
        MaxRequestLine = Or(_requestLine, defaults.MaxRequestLine),
        MaxHeadSize = Math.Min(Or(_headSize, defaults.MaxHeadSize), defaults.MaxHeadSize),
        MaxHeaderCount = Or(_headerCount, defaults.MaxHeaderCount),
        MaxBody = _body == 0 ? defaults.MaxBody : _body,
        MaxDiscardedBody = defaults.MaxDiscardedBody,
        MaxConnections = Math.Min(Or(_connections, defaults.MaxConnections), defaults.MaxConnections),
        MaxOverloadConnections = defaults.MaxOverloadConnections,
        MaxRequestsPerConnection = defaults.MaxRequestsPerConnection,
        ResponseBufferSize = defaults.ResponseBufferSize,
        MaxBufferedResponse = defaults.MaxBufferedResponse,
        HeaderTimeout = Or(_headerTimeout, defaults.HeaderTimeout),
        IdleTimeout = Or(_idleTimeout, defaults.IdleTimeout),
        BodyTimeout = defaults.BodyTimeout,
        SendTimeout = Or(_sendTimeout, defaults.SendTimeout),
        LingerTimeout = defaults.LingerTimeout,
    };

    internal static SiteLimits Read(ref RulesReader reader) => new(ref reader);

    private static int Read(ref RulesReader reader, int most)
    {
        int value = reader.ReadInt32();
        if (value >= 0 && value <= most)
        {
            return value;
        }

        reader.Fail();
        return 0;
    }

    private static int Or(int value, int instead) => value == 0 ? instead : value;

    private static long Or(int milliseconds, long instead) => milliseconds == 0 ? instead : milliseconds * Millisecond;
}
