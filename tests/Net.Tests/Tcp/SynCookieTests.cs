// SPDX-License-Identifier: Apache-2.0

using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Tcp;

/// <summary>SYN cookies when the backlog is full (RFC 4987).</summary>
public sealed class SynCookieTests
{
    private const ushort Port = 50_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_connection_is_made_of_a_cookie_alone(bool timestamps)
    {
        TcpBed bed = FullBed();
        Segment cookie = SynForCookie(bed, timestamps);
        Assert.Equal(1, bed.Stack.Tcp.ActiveConnections);
        Acknowledge(bed, cookie, timestamps);
        Assert.Equal(2, bed.Stack.Tcp.ActiveConnections);
        Assert.Equal(100, bed.Handler.Received);
        Assert.Equal(1, bed.Stack.Counters.TcpCookiesAccepted);
        Assert.Equal(timestamps, bed.Connection.HasSack);
        Assert.Equal(timestamps ? 5 : -1, bed.Connection.SendScale);
        Assert.Equal(1_440, bed.Connection.MaximumSegmentSize);
    }

    [Fact]
    public void Time_never_goes_back_in_timestamps_after_a_cookie()
    {
        TcpBed bed = FullBed();
        Segment cookie = SynForCookie(bed, timestamps: true);
        Acknowledge(bed, cookie, timestamps: true);
        bed.Pass(100);
        Assert.True((int)(bed.Next().Timestamp - cookie.Timestamp) >= 0);
    }

    [Fact]
    public void An_old_cookie_is_refused()
    {
        TcpBed bed = FullBed();
        Segment cookie = SynForCookie(bed, timestamps: false);
        bed.Pass(200_000);
        bed.Device.Sent.Clear();
        Acknowledge(bed, cookie, timestamps: false);
        bed.NextReset(cookie.Sequence + 1);
        Assert.Empty(bed.Listener.Handlers);
    }

    [Fact]
    public void A_guess_is_refused()
    {
        TcpBed bed = FullBed();
        Segment cookie = SynForCookie(bed, timestamps: false);
        for (uint i = 1; i <= 100; i++) Acknowledge(bed, cookie with { Sequence = cookie.Sequence + i }, timestamps: false);
        Assert.Empty(bed.Listener.Handlers);
    }

    [Fact]
    public void A_cookie_is_of_no_use_where_none_was_sent()
    {
        TcpBed sender = FullBed();
        Segment cookie = SynForCookie(sender, timestamps: false);
        TcpBed bed = new();
        Acknowledge(bed, cookie, timestamps: false);
        bed.NextReset(cookie.Sequence + 1);
        Assert.Empty(bed.Listener.Handlers);
    }

    private static TcpBed FullBed()
    {
        TcpBed bed = new(configuration: new NetworkConfiguration { Address = TcpBed.Address, PrefixLength = 24, Backlog = 1 });
        bed.Syn(port: 1);
        bed.Next();
        return bed;
    }

    private static Segment SynForCookie(TcpBed bed, bool timestamps)
    {
        bed.Syn(port: Port, maximumSegmentSize: 1_452, windowScale: 5, sack: true, timestamps: timestamps);
        Segment cookie = bed.Next();
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, cookie.Flags);
        Assert.Equal(timestamps, cookie.SackPermitted);
        return cookie;
    }

    private static void Acknowledge(TcpBed bed, Segment cookie, bool timestamps)
    {
        byte[] data = new byte[100];
        Pattern.Fill(data, 0);
        bed.SendRaw(new TcpTemplate
        {
            SourcePort = Port,
            Sequence = TcpBed.PeerInitial + 1,
            Acknowledgment = cookie.Sequence + 1,
            Timestamps = timestamps,
            Timestamp = 5,
            TimestampEcho = cookie.Timestamp,
            Payload = data,
        });
    }
}
