// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Uaas.Wire;
using Xunit;

namespace Uaas.Devices.Virtio.Tests;

public sealed class VirtioNetworkTests : IDisposable
{
    private const int BufferSize = 2048;
    private const int HeaderSize = 12;
    private const ulong Checksum = 1ul << 0 | 1ul << 1;
    private const ulong Mtu = 1ul << 3;
    private const ulong Mac = 1ul << 5;
    private const ulong Tcp4 = 1ul << 7 | 1ul << 11;
    private const ulong Mergeable = 1ul << 15;
    private const ulong All = Checksum | Mac | Tcp4 | Mergeable | VirtioFeature.EventIndex;

    private readonly NativeMemoryBlock _memory = new(VirtioNetwork.MemoryNeeded);
    private MockDevice _device = null!;

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(Mac, NetworkOffloads.None)]
    [InlineData(Mac | Mergeable, NetworkOffloads.None)]
    [InlineData(Mac | Checksum, NetworkOffloads.Checksum)]
    [InlineData(Mac | Checksum | Tcp4, NetworkOffloads.Checksum)] // large frames need mergeable buffers
    [InlineData(All, NetworkOffloads.Checksum | NetworkOffloads.Segmentation)]
    public void Offloads_follow_from_what_the_device_offers(ulong features, NetworkOffloads expected)
    {
        VirtioNetwork network = Open(features);
        Assert.Equal(expected, network.Offloads);
        Assert.Equal(1500, network.Mtu);
        Assert.Equal(new MacAddress(0x525400123456), network.Address);
    }

    [Theory]
    [InlineData(Mergeable, 9000, 9000)]
    [InlineData(0ul, 9000, 2022)] // one buffer a frame
    [InlineData(0ul, 1400, 1400)]
    public void The_mtu_is_the_devices_as_far_as_a_buffer_goes(ulong features, ushort mtu, int expected) =>
        Assert.Equal(expected, Open(Mac | Mtu | features, d => SetMtu(d, mtu)).Mtu);

    [Fact]
    public void A_device_without_address_or_with_a_senseless_configuration_is_refused()
    {
        Assert.Equal(VirtioError.FeatureMissing, Refusal(All & ~Mac, _ => { }));
        Assert.Equal(VirtioError.BadConfiguration, Refusal(All | Mtu, d => SetMtu(d, 500)));
        Assert.Equal(VirtioError.BadConfiguration, Refusal(All, d => d.Configuration[0] = 0x53)); // a group's address
    }

    [Fact]
    public void Too_little_memory_is_refused()
    {
        MockDevice device = NewDevice(All);
        using var little = new NativeMemoryBlock(VirtioNetwork.MemoryNeeded / 2);
        Assert.Null(VirtioNetwork.TryCreate(device.Open(), little.ToDma(), out VirtioError error));
        Assert.Equal(VirtioError.OutOfMemory, error);
        Assert.False(device.IsAttached(0));
    }

    [Fact]
    public void Frames_arrive_as_sent_for_ever()
    {
        VirtioNetwork network = Open(All);
        var random = new Random(3);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] frame = RandomFrame(random, random.Next(14, 1515));
            Assert.True(Deliver(frame));
            Assert.True(network.TryReceive(out ReceivedFrame received));
            Assert.True(received.Bytes.SequenceEqual(frame));
            Assert.False(received.ChecksumTrusted);
            Assert.False(network.TryReceive(out _));
        }
    }

    [Fact]
    public void Large_frames_arrive_in_one_piece_wherever_their_buffers_lie()
    {
        VirtioNetwork network = Open(All);
        var random = new Random(4);
        for (int round = 0; round < 500; round++)
        {
            byte[] frame = RandomFrame(random, random.Next(2) == 0 ? random.Next(14, 65_550) : random.Next(2030, 2050));
            Assert.True(Deliver(frame));
            Assert.True(network.TryReceive(out ReceivedFrame received));
            Assert.True(received.Bytes.SequenceEqual(frame), $"round {round}, {frame.Length} bytes");
        }
    }

    [Fact]
    public void Large_frames_whose_buffers_are_part_filled_or_shuffled_arrive_too()
    {
        VirtioNetwork network = Open(All);
        var random = new Random(5);
        var held = new List<PeerChain>();
        for (int round = 0; round < 300; round++)
        {
            byte[] frame = RandomFrame(random, random.Next(5000, 20_000));
            while (held.Count < 30)
            {
                held.Add(_device.Queue(0).Take()!);
            }

            DeliverInto(frame, held, random);
            Assert.True(network.TryReceive(out ReceivedFrame received));
            Assert.True(received.Bytes.SequenceEqual(frame));
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)] // never computed: from this host
    [InlineData(2, true)] // verified
    public void The_device_vouches_for_a_checksum(byte flags, bool expected)
    {
        VirtioNetwork network = Open(All);
        Assert.True(Deliver(new byte[60], flags));
        Assert.True(network.TryReceive(out ReceivedFrame received));
        Assert.Equal(expected, received.ChecksumTrusted);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(11u)] // not even a header
    [InlineData(25u)] // not even an Ethernet header
    public void A_frame_too_short_is_dropped_and_the_next_one_arrives(uint written)
    {
        VirtioNetwork network = Open(All);
        PeerChain chain = _device.Queue(0).Take()!;
        chain.Buffers[0].Bytes.Clear();
        chain.Buffers[0].Bytes[10] = 1;
        _device.Queue(0).Complete(chain.Head, written);
        Assert.True(Deliver(new byte[60]));
        Assert.True(network.TryReceive(out ReceivedFrame received));
        Assert.Equal(60, received.Bytes.Length);
    }

    [Fact]
    public void A_frame_larger_than_agreed_is_dropped_and_all_its_buffers_come_back()
    {
        VirtioNetwork network = Open(Mac | Mergeable);
        for (int round = 0; round < 100; round++)
        {
            Assert.True(Deliver(new byte[1515]));
            Assert.True(Deliver(new byte[70_000]));
            Assert.False(network.TryReceive(out _));
        }

        Assert.True(Deliver(new byte[1514]));
        Assert.True(network.TryReceive(out _));
        Assert.False(network.IsBroken);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(65535)]
    public void A_frame_that_claims_buffers_that_are_not_there_breaks_the_device(ushort count)
    {
        VirtioNetwork network = Open(All);
        PeerChain chain = _device.Queue(0).Take()!;
        BinaryPrimitives.WriteUInt16LittleEndian(chain.Buffers[0].Bytes[10..], count);
        _device.Queue(0).Complete(chain.Head, 100);
        Assert.False(network.TryReceive(out _));
        Assert.True(network.IsBroken);
        Assert.True(network.ArmInterrupts()); // nothing to do for it, ever
    }

    [Fact]
    public void Random_behaviour_of_the_device_reaches_no_memory_but_its_own()
    {
        var random = new Random(6);
        for (int round = 0; round < 300; round++)
        {
            VirtioNetwork network = Open(All);
            for (int step = 0; step < 50 && !network.IsBroken; step++)
            {
                Misbehave(random);
                while (network.TryReceive(out ReceivedFrame frame))
                {
                    Assert.InRange(frame.Bytes.Length, 14, 65_549);
                }

                Span<byte> room = network.BeginTransmit(random.Next(14, 70_000));
                if (room.Length > 0)
                {
                    network.EndTransmit(random.Next(room.Length + 1), default);
                }
            }
        }
    }

    [Fact]
    public void What_is_sent_reaches_the_device_with_its_header()
    {
        VirtioNetwork network = Open(All);
        var random = new Random(8);
        for (int round = 0; round < 5_000; round++)
        {
            byte[] frame = RandomFrame(random, random.Next(10) == 0 ? random.Next(14, 65_550) : random.Next(14, 1515));
            Assert.True(Send(network, frame, new TransmitOffload
            {
                ChecksumStart = 34,
                ChecksumOffset = 16,
                SegmentSize = 1460,
                HeaderLength = 54,
            }));
            network.TryReceive(out _);
            byte[] sent = TakeSent();
            Assert.Equal([1, 1, 54, 0, 1460 & 0xff, 1460 >> 8, 34, 0, 16, 0, 0, 0], sent[..HeaderSize]);
            Assert.True(sent.AsSpan(HeaderSize).SequenceEqual(frame));
        }
    }

    [Fact]
    public void A_plain_frame_has_an_empty_header()
    {
        VirtioNetwork network = Open(All);
        Assert.True(Send(network, new byte[60], default));
        Assert.Equal(new byte[72], TakeSent());
    }

    [Fact]
    public void A_frame_may_be_shorter_than_the_room_but_not_longer()
    {
        VirtioNetwork network = Open(All);
        network.BeginTransmit(100)[..50].Fill(7);
        network.EndTransmit(50, default);
        Assert.Equal(62, TakeSent().Length);
        network.BeginTransmit(100);
        network.EndTransmit(101, default);
        network.EndTransmit(50, default); // nothing is lent any more
        Assert.Equal(0, _device.Queue(1).PendingCount);
    }

    [Theory]
    [InlineData(All, 65_550)]
    [InlineData(Mac, 1515)]
    [InlineData(All, 13)]
    [InlineData(All, -1)]
    public void Room_for_a_frame_of_no_proper_size_is_not_lent(ulong features, int length) =>
        Assert.True(Open(features).BeginTransmit(length).IsEmpty);

    [Fact]
    public void A_full_device_lends_no_room_until_it_has_sent_and_says_so_by_interrupt()
    {
        VirtioNetwork network = Open(All);
        int sent = 0;
        while (Send(network, new byte[65_000], default))
        {
            sent++;
        }

        Assert.InRange(sent, 7, 8);
        Assert.Contains(1, _device.Notifications);
        Assert.True(network.ArmInterrupts());
        PeerChain chain = _device.Queue(1).Take()!;
        Assert.True(_device.Queue(1).Complete(chain.Head, 0));
        Assert.True(Send(network, new byte[65_000], default));
        Assert.Equal(sent, _device.Queue(1).PendingCount);
    }

    [Fact]
    public void Many_small_frames_fill_the_queue_not_the_arena()
    {
        VirtioNetwork network = Open(All);
        int sent = 0;
        while (Send(network, new byte[60], default))
        {
            sent++;
        }

        Assert.Equal(256, sent);
        Assert.False(network.IsBroken);
    }

    [Fact]
    public void A_batch_costs_one_notification()
    {
        VirtioNetwork network = Open(All);
        _device.Notifications.Clear();
        for (int i = 0; i < 10; i++)
        {
            Assert.True(Deliver(new byte[60]));
        }

        while (network.TryReceive(out _))
        {
            Assert.True(Send(network, new byte[60], default));
        }

        Assert.Equal([1], _device.Notifications);
    }

    [Fact]
    public void A_device_that_ran_out_of_buffers_is_told_of_new_ones()
    {
        VirtioNetwork network = Open(All);
        for (int round = 0; round < 3; round++)
        {
            _device.Notifications.Clear();
            while (Deliver(new byte[60]))
            {
            }

            while (network.TryReceive(out _))
            {
            }

            Assert.Contains(0, _device.Notifications);
            Assert.Equal(256, _device.Queue(0).PendingCount);
        }
    }

    [Fact]
    public void No_interrupt_comes_but_while_armed()
    {
        VirtioNetwork network = Open(All);
        network.DisarmInterrupts();
        Assert.True(Deliver(new byte[60]));
        Assert.False(_interrupted);
        Assert.False(network.ArmInterrupts());
        Assert.True(network.TryReceive(out _));
        Assert.True(network.ArmInterrupts());
        Assert.True(Deliver(new byte[60]));
        Assert.True(_interrupted);
    }

    private bool _interrupted;

    private static byte[] RandomFrame(Random random, int length)
    {
        byte[] frame = new byte[length];
        random.NextBytes(frame);
        return frame;
    }

    private static void SetMtu(MockDevice device, ushort mtu) =>
        BinaryPrimitives.WriteUInt16LittleEndian(device.Configuration.AsSpan(10), mtu);

    private static bool Send(VirtioNetwork network, ReadOnlySpan<byte> frame, in TransmitOffload offload)
    {
        Span<byte> room = network.BeginTransmit(frame.Length);
        if (room.IsEmpty)
        {
            return false;
        }

        frame.CopyTo(room);
        network.EndTransmit(frame.Length, offload);
        return true;
    }

    private static MockDevice NewDevice(ulong features)
    {
        var device = new MockDevice(VirtioDeviceKind.Network, features | VirtioFeature.Version1, 256, 256);
        Convert.FromHexString("525400123456").CopyTo(device.Configuration, 0);
        return device;
    }

    private VirtioNetwork Open(ulong features, Action<MockDevice>? configure = null)
    {
        _device = NewDevice(features);
        configure?.Invoke(_device);
        VirtioNetwork? network = VirtioNetwork.TryCreate(_device.Open(), _memory.ToDma(), out VirtioError error);
        Assert.Equal(VirtioError.None, error);
        Assert.Equal(256, _device.Queue(0).PendingCount);
        return network!;
    }

    private VirtioError Refusal(ulong features, Action<MockDevice> configure)
    {
        MockDevice device = NewDevice(features);
        configure(device);
        Assert.Null(VirtioNetwork.TryCreate(device.Open(), _memory.ToDma(), out VirtioError error));
        Assert.Equal((uint)VirtioStatus.Failed, device.Status);
        return error;
    }

    /// <summary>Receives a frame as QEMU does: fills buffer after buffer, hands them back together. False when there are too few.</summary>
    private bool Deliver(ReadOnlySpan<byte> frame, byte flags = 0)
    {
        PeerQueue queue = _device.Queue(0);
        int count = (HeaderSize + frame.Length + BufferSize - 1) / BufferSize;
        if (queue.PendingCount < count)
        {
            return false;
        }

        int offset = 0;
        for (int i = 0; i < count; i++)
        {
            PeerChain chain = queue.Take()!;
            Span<byte> room = chain.Buffers[0].Bytes;
            int header = i == 0 ? WriteHeader(room, flags, count) : 0;
            int part = Math.Min(room.Length - header, frame.Length - offset);
            frame.Slice(offset, part).CopyTo(room[header..]);
            queue.Return(chain.Head, (uint)(header + part));
            offset += part;
        }

        _interrupted = queue.PublishUsed();
        return true;
    }

    /// <summary>Receives a frame into buffers in random order, each filled in part only.</summary>
    private void DeliverInto(ReadOnlySpan<byte> frame, List<PeerChain> held, Random random)
    {
        var parts = new List<(PeerChain Chain, int Start, int Length)>();
        int offset = 0;
        while (offset < frame.Length)
        {
            PeerChain chain = held[random.Next(held.Count)];
            held.Remove(chain);
            int room = BufferSize - (parts.Count == 0 ? HeaderSize : 0);
            int part = Math.Min(random.Next(4) == 0 ? room : random.Next(1000, room), frame.Length - offset);
            parts.Add((chain, offset, part));
            offset += part;
        }

        for (int i = 0; i < parts.Count; i++)
        {
            (PeerChain chain, int start, int length) = parts[i];
            int header = i == 0 ? WriteHeader(chain.Buffers[0].Bytes, 0, parts.Count) : 0;
            frame.Slice(start, length).CopyTo(chain.Buffers[0].Bytes[header..]);
            _device.Queue(0).Return(chain.Head, (uint)(header + length));
        }

        _device.Queue(0).PublishUsed();
    }

    private static int WriteHeader(Span<byte> room, byte flags, int count)
    {
        room[..HeaderSize].Clear();
        room[0] = flags;
        BinaryPrimitives.WriteUInt16LittleEndian(room[10..], (ushort)count);
        return HeaderSize;
    }

    private byte[] TakeSent()
    {
        PeerChain chain = _device.Queue(1).Take()!;
        byte[] bytes = Assert.Single(chain.Buffers).Bytes.ToArray();
        _device.Queue(1).Complete(chain.Head, 0);
        return bytes;
    }

    private void Misbehave(Random random)
    {
        PeerQueue queue = _device.Queue(random.Next(2));
        if (queue.Take() is not { } chain)
        {
            return;
        }

        PeerBuffer buffer = chain.Buffers[0];
        if (buffer.DeviceWrites)
        {
            random.NextBytes(buffer.Bytes[..HeaderSize]);
            BinaryPrimitives.WriteUInt16LittleEndian(buffer.Bytes[10..], (ushort)random.Next(0, 3));
        }

        uint limit = buffer.DeviceWrites ? buffer.Length : 0;
        bool forge = random.Next(20) == 0;
        uint head = forge ? (uint)random.Next(300) : chain.Head;
        queue.Complete(head, random.Next(20) == 0 ? (uint)random.NextInt64(1L << 32) : (uint)random.Next((int)limit + 1));
    }
}
