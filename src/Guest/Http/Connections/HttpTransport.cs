// SPDX-License-Identifier: Apache-2.0

using Uaas.Wire;

namespace Uaas.Http;

/// <summary>
/// What an <see cref="HttpConnection"/> asks of the byte stream beneath it: what a TCP connection offers, narrowed so that tests can stand in for it.
/// None of these is called after the connection was told that it is closed.
/// </summary>
public abstract class HttpTransport
{
    /// <summary>The peer's address.</summary>
    public abstract Ipv4Address RemoteAddress { get; }

    /// <summary>The peer's port.</summary>
    public abstract ushort RemotePort { get; }

    /// <summary>The outgoing stream grows by <paramref name="count"/> bytes, which will be asked for.</summary>
    public abstract void Offer(long count);

    /// <summary>The outgoing stream ends after what was offered.</summary>
    public abstract void Finish();

    /// <summary>The connection is cut off now; the report of its closing follows.</summary>
    public abstract void Abort();

    /// <summary>The unconsumed bytes are to be offered again.</summary>
    public abstract void ResumeReceive();

    /// <summary>Bytes that were not at hand when asked for are now.</summary>
    public abstract void ResumeSend();

    /// <summary>Asks for one call at <paramref name="deadline"/>, nanoseconds of the monotonic clock, instead of any asked for before; long.MaxValue: none.</summary>
    public abstract void SetTimer(long deadline);
}
