// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Net;

/// <summary>
/// Sends what is rare and may be long (ICMP, UDP): the payload is put together here, because a received frame is gone once the device is called, and cut into
/// fragments where the link asks for it. TCP writes its segments straight into the frame instead.
/// </summary>
internal sealed class Ipv4Output(Interface link, KeyedRandom random)
{
    private const int MaximumPayload = Ipv4Packet.MaximumSize - Ipv4Packet.HeaderSize;

    private readonly byte[] _payload = new byte[MaximumPayload];
    private ushort _identification = (ushort)random.NextUInt32();

    /// <summary>Room for the next payload; <paramref name="length"/> is at most 65,515.</summary>
    public Span<byte> Payload(int length) => _payload.AsSpan(0, length);

    /// <summary>Whether a payload of that many bytes can be sent at all.</summary>
    public static bool Fits(int length) => length <= MaximumPayload;

    /// <summary>Sends the first <paramref name="length"/> bytes of the payload.</summary>
    public TransmitResult Send(Ipv4Address source, Ipv4Address destination, IpProtocol protocol, int length, long now)
    {
        int room = link.Mtu - Ipv4Packet.HeaderSize;
        int step = length <= room ? length : room & ~7;
        ushort identification = ++_identification;
        int offset = 0;
        do
        {
            int piece = Math.Min(step, length - offset);
            TransmitResult result = link.Begin(destination, Ipv4Packet.HeaderSize + piece, now, out Span<byte> packet);
            if (result != TransmitResult.Ok) return result;
            Ipv4Packet.WriteFragment(packet, source, destination, protocol, piece, identification, offset, offset + piece < length);
            _payload.AsSpan(offset, piece).CopyTo(packet[Ipv4Packet.HeaderSize..]);
            link.End(packet.Length, default);
            offset += piece;
        }
        while (offset < length);
        return TransmitResult.Ok;
    }
}
