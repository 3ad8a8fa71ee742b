// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>Kinds of DHCP message (RFC 2132, 9.6).</summary>
public enum DhcpMessageType : byte
{
    /// <summary>Not a DHCP message (plain BOOTP).</summary>
    None = 0,

    /// <summary>Client looks for servers.</summary>
    Discover = 1,

    /// <summary>Server offers an address.</summary>
    Offer = 2,

    /// <summary>Client asks for an offered address, or for more time.</summary>
    Request = 3,

    /// <summary>Server grants.</summary>
    Ack = 5,

    /// <summary>Server refuses.</summary>
    Nak = 6,
}

/// <summary>What a client reads of a server's message (RFC 2131, 2; options RFC 2132). Values, so that it outlives the frame.</summary>
public readonly struct DhcpMessage
{
    /// <summary>UDP port of servers.</summary>
    public const ushort ServerPort = 67;

    /// <summary>UDP port of clients.</summary>
    public const ushort ClientPort = 68;

    /// <summary>Bytes of a message that <see cref="WriteRequest"/> writes: the least that every server takes (RFC 1542, 2.1).</summary>
    public const int RequestSize = 300;

    private const int FixedSize = 236;
    private const uint MagicCookie = 0x6382_5363;
    private const byte BootRequest = 1;
    private const byte BootReply = 2;
    private const byte HardwareEthernet = 1;
    private const ushort BroadcastFlag = 0x8000;

    private const byte PadOption = 0;
    private const byte SubnetMaskOption = 1;
    private const byte RouterOption = 3;
    private const byte RequestedAddressOption = 50;
    private const byte LeaseTimeOption = 51;
    private const byte MessageTypeOption = 53;
    private const byte ServerIdentifierOption = 54;
    private const byte ParameterListOption = 55;
    private const byte RenewalTimeOption = 58;
    private const byte RebindingTimeOption = 59;
    private const byte EndOption = 255;

    /// <summary>Kind.</summary>
    public DhcpMessageType Type { get; private init; }

    /// <summary>Transaction that this answers.</summary>
    public uint TransactionId { get; private init; }

    /// <summary>Client that this is meant for.</summary>
    public MacAddress ClientHardware { get; private init; }

    /// <summary>The address offered or granted.</summary>
    public Ipv4Address YourAddress { get; private init; }

    /// <summary>The server's identifier; 0.0.0.0 when absent.</summary>
    public Ipv4Address Server { get; private init; }

    /// <summary>The first router; 0.0.0.0 when absent.</summary>
    public Ipv4Address Router { get; private init; }

    /// <summary>The subnet mask; 0.0.0.0 when absent.</summary>
    public Ipv4Address SubnetMask { get; private init; }

    /// <summary>Lease in seconds; 0 when absent.</summary>
    public uint LeaseSeconds { get; private init; }

    /// <summary>Time to renewing (T1) in seconds; 0 when absent.</summary>
    public uint RenewalSeconds { get; private init; }

    /// <summary>Time to rebinding (T2) in seconds; 0 when absent.</summary>
    public uint RebindingSeconds { get; private init; }

    /// <summary>Reads a server's reply; false when it is not one or an option runs over the end.</summary>
    public static bool TryParseReply(ReadOnlySpan<byte> bytes, out DhcpMessage message)
    {
        message = default;
        if (bytes.Length < FixedSize + 4 || bytes[0] != BootReply || bytes[1] != HardwareEthernet || bytes[2] != MacAddress.Size) return false;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[FixedSize..]) != MagicCookie) return false;

        byte type = 0;
        uint server = 0, router = 0, mask = 0, lease = 0, renewal = 0, rebinding = 0;
        ReadOnlySpan<byte> options = bytes[(FixedSize + 4)..];
        while (options.Length > 0 && options[0] != EndOption)
        {
            if (options[0] == PadOption)
            {
                options = options[1..];
                continue;
            }

            if (options.Length < 2 || options[1] > options.Length - 2) return false;
            ReadOnlySpan<byte> value = options.Slice(2, options[1]);
            uint number = value.Length >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;
            switch (options[0])
            {
                case MessageTypeOption when value.Length == 1: type = value[0]; break;
                case ServerIdentifierOption: server = number; break;
                case RouterOption: router = number; break;
                case SubnetMaskOption: mask = number; break;
                case LeaseTimeOption: lease = number; break;
                case RenewalTimeOption: renewal = number; break;
                case RebindingTimeOption: rebinding = number; break;
            }

            options = options[(2 + options[1])..];
        }

        message = new DhcpMessage
        {
            Type = (DhcpMessageType)type,
            TransactionId = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            ClientHardware = MacAddress.Read(bytes[28..]),
            YourAddress = new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(bytes[16..])),
            Server = new Ipv4Address(server),
            Router = new Ipv4Address(router),
            SubnetMask = new Ipv4Address(mask),
            LeaseSeconds = lease,
            RenewalSeconds = renewal,
            RebindingSeconds = rebinding,
        };
        return true;
    }

    /// <summary>Writes a client's message of <see cref="RequestSize"/> bytes.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="type">Discover or request.</param>
    /// <param name="transactionId">Transaction.</param>
    /// <param name="hardware">The client's station.</param>
    /// <param name="clientAddress">The client's address when it has one (renewing, rebinding), else 0.0.0.0.</param>
    /// <param name="requested">The address asked for in an option; 0.0.0.0 for none.</param>
    /// <param name="server">The server chosen; 0.0.0.0 for none.</param>
    public static void WriteRequest(Span<byte> destination, DhcpMessageType type, uint transactionId, MacAddress hardware, Ipv4Address clientAddress,
        Ipv4Address requested, Ipv4Address server)
    {
        Span<byte> message = destination[..RequestSize];
        message.Clear();
        message[0] = BootRequest;
        message[1] = HardwareEthernet;
        message[2] = MacAddress.Size;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], transactionId);
        if (clientAddress == Ipv4Address.Any) BinaryPrimitives.WriteUInt16BigEndian(message[10..], BroadcastFlag);
        BinaryPrimitives.WriteUInt32BigEndian(message[12..], clientAddress.Value);
        hardware.Write(message[28..]);
        BinaryPrimitives.WriteUInt32BigEndian(message[FixedSize..], MagicCookie);

        Span<byte> options = message[(FixedSize + 4)..];
        options[0] = MessageTypeOption;
        options[1] = 1;
        options[2] = (byte)type;
        options = options[3..];
        if (requested != Ipv4Address.Any) options = WriteAddressOption(options, RequestedAddressOption, requested);
        if (server != Ipv4Address.Any) options = WriteAddressOption(options, ServerIdentifierOption, server);
        ReadOnlySpan<byte> parameters = [SubnetMaskOption, RouterOption, LeaseTimeOption, RenewalTimeOption, RebindingTimeOption];
        options[0] = ParameterListOption;
        options[1] = (byte)parameters.Length;
        parameters.CopyTo(options[2..]);
        options[2 + parameters.Length] = EndOption;
    }

    private static Span<byte> WriteAddressOption(Span<byte> options, byte kind, Ipv4Address address)
    {
        options[0] = kind;
        options[1] = Ipv4Address.Size;
        BinaryPrimitives.WriteUInt32BigEndian(options[2..], address.Value);
        return options[6..];
    }
}
