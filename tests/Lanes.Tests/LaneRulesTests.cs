// SPDX-License-Identifier: Apache-2.0

using Uaas.Wire;
using Xunit;

namespace Uaas.Lanes.Tests;

/// <summary>Which frames pass by a lane: those that the node's packet filter lets pass, whatever either end tries.</summary>
public sealed class LaneRulesTests
{
    [Theory]
    [InlineData(LaneBed.Ephemeral, LaneBed.Linked, TcpFlags.Syn, true)]
    [InlineData(LaneBed.Ephemeral, LaneBed.AlsoLinked, TcpFlags.Ack, true)]
    [InlineData(LaneBed.Ephemeral, 82, TcpFlags.Syn, false)]
    [InlineData(LaneBed.Ephemeral, 82, TcpFlags.Ack, false)]
    [InlineData(LaneBed.Linked, 82, TcpFlags.Ack, false)]
    public void Who_is_linked_reaches_the_ports_that_it_is_linked_to(ushort from, ushort to, TcpFlags flags, bool passes) =>
        Check(LaneBed.Frame(1, 2, from, to, flags), shopSends: true, passes);

    [Theory]
    [InlineData(LaneBed.Linked, LaneBed.Ephemeral, TcpFlags.Ack, true)]
    [InlineData(LaneBed.Linked, LaneBed.Ephemeral, TcpFlags.Syn | TcpFlags.Ack, true)]
    [InlineData(LaneBed.Linked, LaneBed.Ephemeral, TcpFlags.Rst, true)]
    [InlineData(LaneBed.Linked, LaneBed.Ephemeral, TcpFlags.Syn, false)]
    [InlineData(LaneBed.Ephemeral, LaneBed.Linked, TcpFlags.Syn, false)]
    [InlineData(82, LaneBed.Ephemeral, TcpFlags.Ack, false)]
    public void Who_is_linked_to_answers_and_does_not_connect_back(ushort from, ushort to, TcpFlags flags, bool passes) =>
        Check(LaneBed.Frame(2, 1, from, to, flags), shopSends: false, passes);

    [Fact]
    public void What_is_not_a_whole_packet_of_TCP_does_not_pass()
    {
        byte[] good = LaneBed.Question(1, 2, 100);
        Check(good, shopSends: true, passes: true);
        Check(With(good, 12, 0x86), shopSends: true, passes: false); // not IPv4
        Check(With(good, 14, 0x65), shopSends: true, passes: false);
        Check(With(good, 14, 0x44), shopSends: true, passes: false); // a header of 16 bytes
        Check(With(good, 20, 0x20), shopSends: true, passes: false); // more fragments
        Check(With(good, 21, 0x01), shopSends: true, passes: false); // a later fragment
        Check(With(good, 23, (byte)IpProtocol.Udp), shopSends: true, passes: false);
        Check(good[..53], shopSends: true, passes: false);
        Check(With(good[..54], 14, 0x4F), shopSends: true, passes: false); // options up to the end
    }

    [Fact]
    public void Nobody_sends_in_anothers_name_or_to_another()
    {
        Check(LaneBed.Question(3, 2), shopSends: true, passes: false, isSent: true);
        Check(LaneBed.Answer(3, 1), shopSends: false, passes: false, isSent: true);

        // Whom a frame is for, the receiver's network stack looks at.
        Check(LaneBed.Question(1, 3), shopSends: true, passes: true, isSent: false);
    }

    /// <summary>Sends it by code of ours, and once more by a peer that has none of our scruples.</summary>
    private static void Check(byte[] frame, bool shopSends, bool passes, bool? isSent = null)
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(2);
        MappedLanes shop = bed.StartShop(1);
        (MappedLanes from, MappedLanes to) = shopSends ? (shop, pictures) : (pictures, shop);
        Assert.Equal(isSent ?? passes, from.Send(frame));
        Assert.Equal(passes && isSent != false, to.Receive() is not null);

        byte[] allowed = shopSends ? LaneBed.Question(1, 2, frame.Length) : LaneBed.Answer(2, 1, frame.Length);
        Assert.True(from.Send(allowed));
        Overwrite(from, shopSends, frame);
        Assert.Equal(passes, to.Receive() is not null);
    }

    /// <summary>Puts other bytes in the place of the frame that was sent last, as only who shares the memory can.</summary>
    private static unsafe void Overwrite(MappedLanes from, bool shopSends, byte[] frame)
    {
        byte* direction = shopSends ? from.Lane(4) + Devices.Lanes.LaneLayout.DirectionSize : from.Lane(0);
        uint consumed = *(uint*)(direction + Devices.Lanes.LaneLayout.ConsumedOffset);
        byte* record = direction + Devices.Lanes.LaneLayout.HeaderSize + consumed;
        *(int*)record = frame.Length;
        for (int i = 0; i < frame.Length; i++)
            record[8 + i] = frame[i];
    }

    private static byte[] With(byte[] frame, int index, byte value)
    {
        byte[] changed = [.. frame];
        changed[index] = value;
        return changed;
    }
}
