// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Uaas.Media.Live;

namespace Uaas.Media.Tests.Support;

/// <summary>A viewer whose connection takes what it is offered when the test says so.</summary>
internal sealed class TestViewer : ViewerSink
{
    private readonly MemoryStream _taken = new();

    internal TestViewer() => Viewer = new Viewer(this);

    internal Viewer Viewer { get; }

    internal long Offered { get; private set; }

    internal bool IsCut { get; private set; }

    internal bool IsFinished { get; private set; }

    internal byte[] Taken => _taken.ToArray();

    internal List<Tag> Tags => TagReader.Read(Taken);

    public override void Offer(long count) => Offered += count;

    public override void Cut() => IsCut = true;

    public override void Finish() => IsFinished = true;

    /// <summary>Takes all that is offered in pieces of at most <paramref name="piece"/> bytes, each read twice as if the first had been lost, and acknowledges it.</summary>
    internal void TakeAll(int piece = 4096)
    {
        byte[] first = new byte[piece];
        byte[] again = new byte[piece];
        while (_taken.Length < Offered)
        {
            int count = (int)Math.Min(piece, Offered - _taken.Length);
            Assert.Equal(count, Viewer.Read(_taken.Length, first.AsSpan(0, count)));
            Assert.Equal(count, Viewer.Read(_taken.Length, again.AsSpan(0, count)));
            Assert.Equal(first, again);
            _taken.Write(first, 0, count);
            Viewer.Acknowledged(_taken.Length);
        }
    }
}

/// <summary>Packets as an encoder makes them.</summary>
internal static class Packets
{
    internal static byte[] Key(int size = 100, byte fill = 1) => Video(0x17, 1, size, fill);

    internal static byte[] Inter(int size = 50, byte fill = 2) => Video(0x27, 1, size, fill);

    internal static byte[] VideoHeader(byte fill = 3) => Video(0x17, 0, 20, fill);

    internal static byte[] AudioHeader(byte fill = 4) => [0xAF, 0, fill, fill];

    internal static byte[] Sound(byte fill = 5) => [0xAF, 1, fill, fill, fill];

    private static byte[] Video(byte first, byte type, int size, byte fill)
    {
        byte[] body = new byte[Math.Max(size, 5)];
        Array.Fill(body, fill);
        (body[0], body[1]) = (first, type);
        return body;
    }
}
