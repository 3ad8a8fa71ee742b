// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Http;
using Uaas.Web;

namespace Uaas.Fuzz.Web;

/// <summary>What a server answers to our client: read in one go and in pieces, to the same end.</summary>
internal sealed class ResponseTarget : IFuzzTarget
{
    private const int Room = 64;

    private static readonly HttpLimits s_limits = new() { MaxRequestLine = 256, MaxHeadSize = 1024, MaxHeaderCount = 8 };

    private readonly ResponseHead _head = new(s_limits);
    private readonly CallContent _content = new(Room);

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello"u8.ToArray(),
        "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n"u8.ToArray(),
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nall there is"u8.ToArray(),
        "HTTP/1.1 204\r\nConnection: close\r\n\r\n"u8.ToArray(),
        "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(),
        [.. "HTTP/1.1 200 OK\r\n\r\n"u8, .. new byte[3 * Room]],
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        HeadScanResult result = _head.Read(input, isHead: false, out int length);
        if (result != HeadScanResult.Complete) return;
        Holds(length <= input.Length && _head.Status is >= 100 and < 600 && _head.ContentLength >= 0);
        Holds(_head.Framing != ResponseFraming.Close || !_head.KeepAlive);
        for (int i = 0; i < _head.Fields.LineCount; i++) Holds(Ascii.IsToken(_head.Fields.Lines[i].Name.Of(_head.Bytes)));
        (int consumed, int shown, ContentStep step) = Take(input[length..], int.MaxValue);
        (int again, int shownAgain, ContentStep stepAgain) = Take(input[length..], 3);
        Holds(step == stepAgain && (step == ContentStep.Bad || (consumed == again && shown == shownAgain)));
        _head.Read(input, isHead: true, out _);
        Holds(_head.Framing == ResponseFraming.None);
    }

    private (int Consumed, int Shown, ContentStep Step) Take(ReadOnlySpan<byte> data, int pieceSize)
    {
        int consumed = 0, shown = 0;
        if (_content.Begin(_head) == ContentStep.Done) return (0, 0, ContentStep.Done);
        ContentStep step = ContentStep.More;
        while (consumed < data.Length && step == ContentStep.More)
        {
            int size = Math.Min(pieceSize, data.Length - consumed);
            // A piece that fills all the room has to be let go of before more is taken.
            bool isFull = _content.Current.Length == Room;
            step = _content.Take(data.Slice(consumed, size), out int taken);
            Holds(taken <= size && (taken > 0 || isFull || step != ContentStep.More));
            consumed += taken;
            if (_content.Next()) shown += _content.Current.Length;
        }

        return (consumed, shown, step);
    }

    private static void Holds(bool condition)
    {
        if (!condition) throw new InvalidOperationException("a promise of the client is broken");
    }
}
