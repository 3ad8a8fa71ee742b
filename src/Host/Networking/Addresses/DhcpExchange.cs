// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Net;

namespace Uaas.Networking;

/// <summary>The one lease that a link has.</summary>
/// <param name="Client">Whose it is; nobody else on the link is answered.</param>
/// <param name="Address">The address.</param>
/// <param name="Server">The node's address: server, router.</param>
/// <param name="Mtu">The largest IP packet of the link.</param>
public readonly record struct DhcpLease(EthernetAddress Client, IPAddress Address, IPAddress Server, ushort Mtu);

/// <summary>A DHCP server's answers for one lease (RFC 2131, options RFC 2132). It keeps nothing in mind: the lease is there, whoever asks how often.</summary>
internal static class DhcpExchange
{
    /// <summary>Bytes of the longest answer; every client takes so many (RFC 2131, 2).</summary>
    internal const int ReplySize = 312;

    /// <summary>
    /// The subnet that clients are told: many cannot use a router outside of their own. There is nobody else in it that they could reach.
    /// </summary>
    internal const int PrefixLength = 16;

    private const int FixedSize = 236;
    private const int OptionsStart = FixedSize + 4;
    private const uint MagicCookie = 0x6382_5363;
    private const byte BootRequest = 1;
    private const byte BootReply = 2;
    private const byte HardwareEthernet = 1;
    private const uint LeaseSeconds = 30 * 24 * 3600; // renewing wakes an idle guest: seldom

    private const int TransactionField = 4;
    private const int FlagsField = 10;
    private const int ClientAddressField = 12;
    private const int YourAddressField = 16;
    private const int RelayField = 24;
    private const int HardwareField = 28;

    private enum MessageType : byte
    {
        None = 0,
        Discover = 1,
        Offer = 2,
        Request = 3,
        Acknowledge = 5,
        Refuse = 6,
        Inform = 8,
    }

    private enum Option : byte
    {
        Pad = 0,
        SubnetMask = 1,
        Router = 3,
        Mtu = 26,
        RequestedAddress = 50,
        LeaseTime = 51,
        MessageType = 53,
        Server = 54,
        End = 255,
    }

    /// <summary>Answers a message.</summary>
    /// <param name="request">What came to port 67.</param>
    /// <param name="lease">The link's lease.</param>
    /// <param name="reply">Where the answer goes: <see cref="ReplySize"/> bytes.</param>
    /// <param name="destination">Who is to get it.</param>
    /// <returns>Bytes of the answer; 0 for none.</returns>
    internal static int Answer(ReadOnlySpan<byte> request, DhcpLease lease, Span<byte> reply, out IPAddress destination)
    {
        destination = lease.Address;
        if (!IsFromClient(request, lease.Client) || !TryReadOptions(request[OptionsStart..], out MessageType type, out uint requested, out uint server))
            return 0;
        uint ours = ToNumber(lease.Server);
        if (server != 0 && server != ours)
            return 0;
        uint current = BinaryPrimitives.ReadUInt32BigEndian(request[ClientAddressField..]);
        MessageType answer = type switch
        {
            MessageType.Discover => MessageType.Offer,
            MessageType.Request => (requested != 0 ? requested : current) == ToNumber(lease.Address) ? MessageType.Acknowledge : MessageType.Refuse,
            MessageType.Inform => MessageType.Acknowledge,
            _ => MessageType.None,
        };
        if (answer == MessageType.None)
            return 0;
        bool isBroadcast = answer == MessageType.Refuse || current == 0 && (request[FlagsField] & 0x80) != 0;
        if (isBroadcast)
            destination = IPAddress.Broadcast;
        return Write(reply, request, lease, answer, hasLease: answer != MessageType.Refuse && type != MessageType.Inform);
    }

    private static bool IsFromClient(ReadOnlySpan<byte> request, EthernetAddress client)
    {
        Span<byte> hardware = stackalloc byte[EthernetAddress.Size];
        client.WriteTo(hardware);
        return request.Length >= OptionsStart
            && request[0] == BootRequest && request[1] == HardwareEthernet && request[2] == EthernetAddress.Size
            && request.Slice(HardwareField, EthernetAddress.Size).SequenceEqual(hardware)
            && BinaryPrimitives.ReadUInt32BigEndian(request[RelayField..]) == 0
            && BinaryPrimitives.ReadUInt32BigEndian(request[FixedSize..]) == MagicCookie;
    }

    private static bool TryReadOptions(ReadOnlySpan<byte> options, out MessageType type, out uint requested, out uint server)
    {
        type = MessageType.None;
        requested = server = 0;
        while (options.Length > 0 && options[0] != (byte)Option.End)
        {
            if (options[0] == (byte)Option.Pad)
            {
                options = options[1..];
                continue;
            }
            if (options.Length < 2 || options[1] > options.Length - 2)
                return false;
            ReadOnlySpan<byte> value = options.Slice(2, options[1]);
            switch ((Option)options[0])
            {
                case Option.MessageType when value.Length == 1: type = (MessageType)value[0]; break;
                case Option.RequestedAddress when value.Length == 4: requested = BinaryPrimitives.ReadUInt32BigEndian(value); break;
                case Option.Server when value.Length == 4: server = BinaryPrimitives.ReadUInt32BigEndian(value); break;
            }
            options = options[(2 + value.Length)..];
        }
        return true;
    }

    private static int Write(Span<byte> reply, ReadOnlySpan<byte> request, DhcpLease lease, MessageType type, bool hasLease)
    {
        reply = reply[..ReplySize];
        reply.Clear();
        reply[0] = BootReply;
        reply[1] = HardwareEthernet;
        reply[2] = EthernetAddress.Size;
        request.Slice(TransactionField, 4).CopyTo(reply[TransactionField..]);
        request.Slice(FlagsField, 2).CopyTo(reply[FlagsField..]);
        if (type == MessageType.Acknowledge)
            request.Slice(ClientAddressField, 4).CopyTo(reply[ClientAddressField..]);
        if (hasLease)
            BinaryPrimitives.WriteUInt32BigEndian(reply[YourAddressField..], ToNumber(lease.Address));
        request.Slice(HardwareField, 16).CopyTo(reply[HardwareField..]);
        BinaryPrimitives.WriteUInt32BigEndian(reply[FixedSize..], MagicCookie);

        Span<byte> options = reply[OptionsStart..];
        Append(ref options, Option.MessageType, (byte)type, 1);
        Append(ref options, Option.Server, ToNumber(lease.Server), 4);
        if (hasLease)
            Append(ref options, Option.LeaseTime, LeaseSeconds, 4);
        if (type != MessageType.Refuse)
        {
            Append(ref options, Option.SubnetMask, uint.MaxValue << 32 - PrefixLength, 4);
            Append(ref options, Option.Router, ToNumber(lease.Server), 4);
            Append(ref options, Option.Mtu, lease.Mtu, 2);
        }
        options[0] = (byte)Option.End;
        return ReplySize;
    }

    private static void Append(ref Span<byte> options, Option option, uint value, int size)
    {
        options[0] = (byte)option;
        options[1] = (byte)size;
        for (int i = 0; i < size; i++)
            options[2 + i] = (byte)(value >> 8 * (size - 1 - i));
        options = options[(2 + size)..];
    }

    private static uint ToNumber(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        return address.TryWriteBytes(bytes, out int written) && written == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : throw new ArgumentException("not an IPv4 address", nameof(address));
    }
}
