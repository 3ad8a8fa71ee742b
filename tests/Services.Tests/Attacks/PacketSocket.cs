// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Uaas.Services.Tests.Attacks;

/// <summary>Sends frames as they are out of an interface (packet(7)).</summary>
internal sealed class PacketSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);

    /// <summary>A socket on the interface of that index. To be made in the interface's namespace; used anywhere.</summary>
    internal PacketSocket(int interfaceIndex)
    {
        _socket.Bind(new LinkEndPoint(interfaceIndex));
    }

    /// <summary>Sends one frame. False where the interface's queue is full, or the kernel finds the frame too short or too long: it is lost.</summary>
    internal bool Send(ReadOnlySpan<byte> frame)
    {
        _socket.Send(frame, SocketFlags.None, out SocketError error);
        return error == SocketError.Success;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>struct sockaddr_ll, as far as bind(2) looks at it.</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        private const int Size = 20;
        private const int IndexOffset = 4;

        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress address = new(AddressFamily.Packet, Size);
            BinaryPrimitives.WriteInt32LittleEndian(address.Buffer.Span[IndexOffset..], index);
            return address;
        }
    }
}
