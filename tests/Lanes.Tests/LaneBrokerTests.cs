// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using Uaas.Devices.Lanes;
using Uaas.Networking;
using Uaas.Networking.Lanes;
using Xunit;

namespace Uaas.Lanes.Tests;

/// <summary>Who gets which lane.</summary>
public sealed class LaneBrokerTests
{
    [Fact]
    public void An_instance_without_links_has_no_lanes()
    {
        using var bed = new LaneBed();
        Assert.Null(bed.Broker.Admit(LaneBed.Address(9), 9, []));
        bed.Broker.Expel(LaneBed.Address(9));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Linked_instances_have_one_whichever_was_started_first(bool shopFirst)
    {
        using var bed = new LaneBed();
        MappedLanes? shop = shopFirst ? bed.StartShop(1) : null;
        MappedLanes pictures = bed.StartPictures(2);
        shop ??= bed.StartShop(1);
        Assert.True(shop.Send(LaneBed.Question(1, 2)));
        Assert.True(pictures.Send(LaneBed.Answer(2, 1)));
        Assert.NotNull(pictures.Receive());
        Assert.NotNull(shop.Receive());
    }

    [Fact]
    public void Instances_of_one_service_have_none_with_each_other()
    {
        using var bed = new LaneBed();
        MappedLanes first = bed.StartShop(1);
        MappedLanes second = bed.StartShop(2);
        Assert.False(first.Set.IsActive);
        Assert.False(second.Set.IsActive);
    }

    [Fact]
    public void A_lane_is_between_two_and_a_third_sees_nothing_of_it()
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(10);
        MappedLanes first = bed.StartShop(1);
        MappedLanes second = bed.StartShop(2);
        Assert.True(first.Send(LaneBed.Question(1, 10, 5, 1)));
        Assert.True(second.Send(LaneBed.Question(2, 10, 5, 2)));
        Assert.Equal(new byte[] { 1, 2 }, new[] { pictures.Receive()![54], pictures.Receive()![54] }.Order());
        Assert.True(pictures.Send(LaneBed.Answer(10, 1)));
        Assert.Null(second.Receive());
        Assert.NotNull(first.Receive());
    }

    [Fact]
    public void A_fifth_that_comes_later_goes_without_until_another_has_gone_and_that_is_noticed()
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(10);
        for (int i = 1; i <= LaneLayout.LanesMax / 2; i++)
            Assert.True(bed.StartShop(i).Set.IsActive);
        Assert.True(pictures.Set.IsActive);
        Assert.False(bed.StartShop(5).Set.IsActive);

        bed.Broker.Expel(LaneBed.Address(3));
        Assert.False(bed.StartShop(6).Set.IsActive); // the pictures have not noticed yet
        Assert.True(pictures.Set.IsActive);
        MappedLanes next = bed.StartShop(7);
        Assert.True(next.Set.IsActive);
        Assert.True(pictures.Set.IsActive);
        Assert.True(next.Send(LaneBed.Question(7, 10)));
        Assert.NotNull(pictures.Receive());
        Assert.False(pictures.Send(LaneBed.Answer(10, 3)));
    }

    [Fact]
    public unsafe void A_lane_that_is_joined_anew_holds_nothing_of_what_it_held()
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(10);
        MappedLanes first = bed.StartShop(1);
        Assert.True(pictures.Send(LaneBed.Answer(10, 1, 5_000, 0x77)));
        Assert.True(first.Send(LaneBed.Question(1, 10, 5_000, 0x77)));
        bed.Broker.Expel(LaneBed.Address(1));
        Assert.NotNull(pictures.Receive());
        Assert.Null(pictures.Receive());

        MappedLanes second = bed.StartShop(2);
        Assert.False(new Span<byte>(second.Lane(4), LaneLayout.LaneSize).ContainsAnyExcept((byte)0, (byte)ReaderState.Awake));
        Assert.True(pictures.Set.IsActive);
        Assert.True(second.Send(LaneBed.Question(2, 10)));
        Assert.NotNull(pictures.Receive());
    }

    [Fact]
    public void Who_was_started_later_is_told_when_who_was_first_goes()
    {
        using var bed = new LaneBed();
        bed.StartPictures(10);
        MappedLanes shop = bed.StartShop(1);
        Assert.True(shop.Set.IsActive);
        bed.Broker.Expel(LaneBed.Address(10));
        Assert.False(shop.Set.IsActive);
        bed.Broker.Expel(LaneBed.Address(1));
    }

    [Fact]
    public void An_instance_joins_four_at_most()
    {
        using var bed = new LaneBed();
        for (int i = 10; i < 16; i++)
            bed.StartPictures(i);
        InstanceLanes given = bed.Broker.Admit(LaneBed.Address(1), LaneBed.Shop, LaneBed.Links)!;
        Assert.Equal(LaneLayout.LanesMax, given.Lanes.Count);
    }

    [Fact]
    public void More_ports_than_an_entry_has_room_for_do_without()
    {
        using var bed = new LaneBed();
        bed.StartPictures(10);
        LinkTarget[] links = [.. Enumerable.Range(1, LaneLayout.PortsMax + 1).Select(port => new LinkTarget(LaneBed.Pictures, (ushort)port))];
        Assert.False(bed.Start(1, LaneBed.Shop, links).Set.IsActive);
        Assert.True(bed.Start(2, LaneBed.Shop, links[1..]).Set.IsActive);
    }
}
