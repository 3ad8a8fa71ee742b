// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Net.Names;
using Uaas.Platform;

namespace Uaas.Web;

/// <summary>
/// Calls one other service over HTTP/1.1: one that is linked (<c>link=9000:img:80</c> makes it 127.0.0.1, port 9000), one that the node knows by name, or an address. Made in
/// <see cref="WebService.Setup"/>. Connections are kept and used again.
/// </summary>
public sealed class WebClient
{
    private readonly Dialer _dialer;
    private readonly HttpClock _clock;
    private readonly WebLimits _limits;
    private readonly byte[] _host;
    private readonly byte[] _hostField;
    private readonly ushort _port;
    private readonly WebCall?[] _calls;

    internal WebClient(Dialer dialer, HttpClock clock, WebLimits limits, ReadOnlySpan<byte> host, ushort port)
    {
        _dialer = dialer;
        _clock = clock;
        _limits = limits;
        _host = new byte[host.Length];
        host.CopyTo(_host);
        _port = port;
        _calls = new WebCall?[limits.MaxCalls];
        Span<byte> digits = stackalloc byte[Digits.MaxLength];
        ReadOnlySpan<byte> number = port == 80 ? default : Digits.Format(port, digits);
        _hostField = new byte[host.Length + (port == 80 ? 0 : number.Length + 1)];
        host.CopyTo(_hostField);
        if (port == 80) return;
        _hostField[host.Length] = (byte)':';
        number.CopyTo(_hostField.AsSpan(host.Length + 1));
    }

    /// <summary>The value of the field Host.</summary>
    internal ReadOnlySpan<byte> HostField => _hostField;

    /// <summary>Nanoseconds of the monotonic clock.</summary>
    internal long Now => _clock.Now;

    /// <summary>Begins a call, in a handler or a job. Null while <see cref="WebLimits.MaxCalls"/> are under way.</summary>
    /// <param name="method">The method.</param>
    /// <param name="target">Path and query, encoded; it begins with a slash.</param>
    public WebCall? Begin(HttpMethod method, ReadOnlySpan<byte> target)
    {
        WebCall? call = FindFree();
        if (call is null) return null;
        Flow.Current.Add(call);
        call.Begin(method, target);
        return call;
    }

    /// <summary>Opens a connection for a call.</summary>
    internal CallFailure Dial(CallHandler handler)
    {
        // What is made for a connection outlives the request whose `new` takes from an arena now.
        using (Arena.EnterHeap())
        {
            return _dialer.Dial(_host, _port, handler, _clock.Now + _limits.CallTimeout) switch
            {
                DialResult.Ok => CallFailure.None,
                DialResult.Busy => CallFailure.Busy,
                _ => CallFailure.NoService,
            };
        }
    }

    private WebCall? FindFree()
    {
        WebCall? unconnected = null;
        for (int i = 0; i < _calls.Length; i++)
        {
            WebCall? call = _calls[i];
            if (call is null)
            {
                if (unconnected is not null) return unconnected;
                using (Arena.EnterHeap()) return _calls[i] = new WebCall(this, _limits);
            }

            if (!call.IsFree) continue;
            if (call.IsConnected) return call;
            unconnected ??= call;
        }

        return unconnected;
    }
}
