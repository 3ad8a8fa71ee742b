// SPDX-License-Identifier: Apache-2.0

using System.IO;
using Uaas.Content.Tests.Support;
using Uaas.Devices;

namespace Uaas.Content.Tests.Images;

/// <summary>Files that are lent to outgoing frames.</summary>
public sealed class LendingTests
{
    private const int Head = 100;
    private const int Body = 60_000;

    private readonly byte[] _room = new byte[65_535];
    private readonly FrameLoans _loans;

    public LendingTests() => _loans = new FrameLoans(_room);

    [Theory]
    [InlineData(4 << 20, true)]
    [InlineData(256 << 10, false)]
    public void A_frame_is_the_same_whether_its_bytes_are_lent_or_copied(int cacheBytes, bool isLent)
    {
        byte[] content = Samples.Noise(3 << 20);
        ContentFile file = Mount(content, cacheBytes);
        for (int offset = 0; offset + Body <= content.Length; offset += 77_777)
        {
            _loans.Begin();
            Assert.Equal(ContentResult.Ok, file.Read(offset, _room.AsSpan(Head, Body)));
            Assert.Equal(isLent, _loans.Count > 0);
            Assert.Equal(content.AsSpan(offset, Body), Sent(Head + Body).AsSpan(Head));
        }
    }

    [Fact]
    public void What_is_lent_stays_until_the_frame_is_sent_whatever_else_is_read()
    {
        byte[] content = Samples.Noise(3 << 20);
        ContentFile file = Mount(content, 1 << 20);
        _loans.Begin();
        Assert.Equal(ContentResult.Ok, file.Read(0, _room.AsSpan(Head, Body)));
        Assert.NotEqual(0, _loans.Count);
        byte[] elsewhere = new byte[content.Length];
        for (int times = 0; times < 3; times++) Assert.Equal(ContentResult.Ok, file.Read(0, elsewhere));
        Assert.Equal(content, elsewhere);
        Assert.Equal(content.AsSpan(0, Body), Sent(Head + Body).AsSpan(Head));
    }

    [Fact]
    public void Bytes_that_are_for_no_frame_are_copied()
    {
        byte[] content = Samples.Noise(100_000);
        ContentFile file = Mount(content, 4 << 20);
        _loans.Begin();
        byte[] elsewhere = new byte[content.Length];
        Assert.Equal(ContentResult.Ok, file.Read(0, elsewhere));
        Assert.Equal(0, _loans.Count);
        Assert.Equal(content, elsewhere);
    }

    [Fact]
    public void A_frame_that_is_sent_shorter_than_it_was_begun_ends_within_a_loan()
    {
        byte[] content = Samples.Noise(Body);
        ContentFile file = Mount(content, 4 << 20);
        _loans.Begin();
        Assert.Equal(ContentResult.Ok, file.Read(0, _room.AsSpan(Head, Body)));
        Assert.Equal(content.AsSpan(0, 20_000), Sent(Head + 20_000).AsSpan(Head));
    }

    [Fact]
    public void More_than_can_be_lent_and_what_comes_out_of_order_is_copied()
    {
        byte[] source = Samples.Noise(FrameLoans.Shortest);
        _loans.Begin();
        Assert.False(_loans.TryLend(source, 0, _room.AsSpan(0, FrameLoans.Shortest - 1)));
        Assert.True(_loans.TryLend(source, 0, _room.AsSpan(FrameLoans.Shortest, FrameLoans.Shortest)));
        Assert.False(_loans.TryLend(source, 0, _room.AsSpan(0, FrameLoans.Shortest)));
        for (int i = 2; _loans.Count < FrameLoans.Capacity; i++) Assert.True(_loans.TryLend(source, 0, _room.AsSpan(i * FrameLoans.Shortest, FrameLoans.Shortest)));
        Assert.False(_loans.TryLend(source, 0, _room.AsSpan(_room.Length - FrameLoans.Shortest)));
        _loans.Begin();
        Assert.True(_loans.TryLend(source, 0, _room.AsSpan(_room.Length - FrameLoans.Shortest)));
    }

    private ContentFile Mount(byte[] content, int cacheBytes)
    {
        using TestSite site = new();
        MemoryBlockDevice device = new(site.Add("file.bin", content).PackToBytes());
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(device, cacheBytes, out ContentImage? image));
        image!.Lend(_loans);
        return image.Get("file.bin").GetRepresentation(0).File;
    }

    /// <summary>The frame as a device would send it. Its room holds rubbish wherever something was lent.</summary>
    private byte[] Sent(int length)
    {
        FramePiece[] pieces = new FramePiece[FrameLoans.MaxPieces];
        int count = _loans.Gather(length, pieces);
        using MemoryStream sent = new();
        foreach (FramePiece piece in pieces.AsSpan(0, count)) sent.Write(piece.Source, piece.Start, piece.Length);
        Assert.Equal(length, sent.Length);
        return sent.ToArray();
    }
}
