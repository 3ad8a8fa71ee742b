// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Net;

/// <summary>Answers echoes and says what is unreachable (RFC 792, RFC 1122 3.2.2).</summary>
internal sealed class Icmp(Interface link, Ipv4Output output, NetworkConfiguration configuration)
{
    private RateLimit _errors = new(configuration.ErrorsPerSecond);

    /// <summary>Answers an echo request with the same data.</summary>
    public void AnswerEcho(Ipv4Address from, in IcmpMessage request, long now)
    {
        Span<byte> reply = output.Payload(IcmpMessage.HeaderSize + request.Body.Length);
        request.Body.CopyTo(reply[IcmpMessage.HeaderSize..]);
        IcmpMessage.Write(reply, IcmpType.EchoReply, 0, request.Rest);
        if (output.Send(link.Address, from, IpProtocol.Icmp, reply.Length, now) == TransmitResult.Ok) link.Counters.EchoesAnswered++;
    }

    /// <summary>Tells the sender of <paramref name="packet"/> that nobody takes it: its header and the eight bytes after it come back.</summary>
    public void SendUnreachable(in Ipv4Packet packet, IcmpUnreachableCode code, long now)
    {
        if (link.IsBroadcast(packet.Destination) || !_errors.TryTake(now)) return;
        Ipv4Address to = packet.Source;
        ReadOnlySpan<byte> quoted = packet.Bytes[..Math.Min(packet.Bytes.Length, packet.HeaderLength + 8)];
        Span<byte> message = output.Payload(IcmpMessage.HeaderSize + quoted.Length);
        quoted.CopyTo(message[IcmpMessage.HeaderSize..]);
        IcmpMessage.Write(message, IcmpType.DestinationUnreachable, (byte)code, 0);
        output.Send(link.Address, to, IpProtocol.Icmp, message.Length, now);
    }
}
