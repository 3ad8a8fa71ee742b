// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

/// <summary>A TCP socket that does not block, made of bare system calls: nothing of .NET's between the clock and the kernel.</summary>
internal readonly unsafe struct RawSocket : IDisposable
{
    private const int AddressSize = 16;
    private const int SocketLevel = 1;
    private const int ErrorOption = 4;
    private const int InternetLevel = 0;
    private const int BindAddressNoPort = 24;

    private RawSocket(int descriptor)
    {
        Descriptor = descriptor;
    }

    /// <summary>The socket's number.</summary>
    internal int Descriptor { get; }

    /// <summary>Makes a socket in the calling thread's network namespace.</summary>
    internal static RawSocket Open()
    {
        int descriptor = Native.Socket(Native.Internet, Native.Stream | Native.NonBlocking | Native.CloseOnExec, 0);
        return descriptor >= 0 ? new RawSocket(descriptor) : throw SystemCallException.Last("socket");
    }

    /// <summary>Binds the socket's own address; its port is chosen when it connects, so that each peer has the full range.</summary>
    internal void Bind(IPAddress address)
    {
        int on = 1;
        Native.SocketAddress local = Convert(new IPEndPoint(address, 0));
        if (Native.SetOption(Descriptor, InternetLevel, BindAddressNoPort, &on, sizeof(int)) != 0 || Native.Bind(Descriptor, &local, AddressSize) != 0)
            throw SystemCallException.Last("bind");
    }

    /// <summary>Starts to connect; 0, or the error number (in progress is not an error).</summary>
    internal int Connect(IPEndPoint server)
    {
        Native.SocketAddress address = Convert(server);
        if (Native.Connect(Descriptor, &address, AddressSize) == 0)
            return 0;
        int error = Marshal.GetLastPInvokeError();
        return error == Native.InProgress ? 0 : error;
    }

    /// <summary>The error that the connection ended with; 0 while there is none.</summary>
    internal int TakeError()
    {
        int error = 0;
        int length = sizeof(int);
        return Native.GetOption(Descriptor, SocketLevel, ErrorOption, &error, &length) == 0 ? error : Marshal.GetLastPInvokeError();
    }

    /// <summary>Waits until the socket can be written, or read; false when the time is over.</summary>
    internal bool Wait(short events, TimeSpan time)
    {
        var entry = new Native.PollEntry { Descriptor = Descriptor, Events = events };
        return Native.Poll(&entry, 1, (int)Math.Max(1, time.TotalMilliseconds)) > 0;
    }

    /// <summary>Sends a small request at once; whether all of it went.</summary>
    internal bool Send(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
            return Native.Send(Descriptor, start, data.Length, Native.NoSignal) == data.Length;
    }

    /// <summary>Takes what has come: the number of bytes, 0 at the end, −1 where nothing is there, −2 where the connection is broken.</summary>
    internal int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count = Native.Receive(Descriptor, start, buffer.Length, 0);
            if (count >= 0)
                return (int)count;
        }
        return Marshal.GetLastPInvokeError() is Native.Again or Native.Interrupted ? -1 : -2;
    }

    /// <inheritdoc/>
    public void Dispose() => Native.Close(Descriptor);

    private static Native.SocketAddress Convert(IPEndPoint endPoint)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (!endPoint.Address.TryWriteBytes(bytes, out int length) || length != bytes.Length)
            throw new ArgumentException("not an IPv4 address", nameof(endPoint));
        return new Native.SocketAddress
        {
            Family = Native.Internet,
            Port = BinaryPrimitives.ReverseEndianness((ushort)endPoint.Port),
            Address = BitConverter.ToUInt32(bytes),
        };
    }
}
