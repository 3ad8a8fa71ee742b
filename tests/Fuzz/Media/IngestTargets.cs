// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Media.Flv;
using Uaas.Media.Ingest;
using Uaas.Media.Live;
using Uaas.Media.Play;
using Uaas.Media.Rtmp;

namespace Uaas.Fuzz.Media;

/// <summary>FLV from publishers, read whole and in two pieces.</summary>
internal sealed class FlvTarget : IFuzzTarget
{
    private readonly MessageBuffers _buffers = new(4, 2, 1 << 12);

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [.. "FLV\x01\x05\0\0\0\x09\0\0\0\0"u8, 9, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0x17, 1, 0, 0, 0, 1, 0, 0, 0, 17, 8, 0, 0, 3, 0, 0, 40, 0, 0, 0, 0, 0xAF, 1, 9, 0, 0, 0, 14],
        [.. "FLV\x01\x01\0\0\0\x0A\0\0\0\0\0"u8, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 15, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2],
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        FlvReader reader = new(_buffers);
        (int tags, long bytes) whole = Count(reader, input, default);
        int middle = input.Length / 2;
        Check.Holds(whole == Count(reader, input[..middle], input[middle..]), "how it arrives makes no difference");
        Check.Holds(_buffers.InUse == 0, "all buffers come back");
    }

    private static (int Tags, long Bytes) Count(FlvReader reader, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        reader.Reset();
        (int, long) count = default;
        bool goesOn = Take(reader, first, ref count);
        if (goesOn) Take(reader, second, ref count);
        reader.Release();
        return count;
    }

    private static bool Take(FlvReader reader, ReadOnlySpan<byte> data, ref (int Tags, long Bytes) count)
    {
        int position = 0;
        FlvStatus status;
        while ((status = reader.Read(data, ref position, out TagType type, out _, out ReadOnlySpan<byte> body)) == FlvStatus.Tag)
        {
            count = (count.Tags + 1, count.Bytes + body.Length);
            if (type == TagType.Video) CodecLayout.Read(body).IsDisposable(body);
        }

        Check.Holds(status == FlvStatus.Refused || position == data.Length, "all is read");
        return status != FlvStatus.Refused;
    }
}

/// <summary>What clients say by WebSocket, read whole and byte by byte.</summary>
internal sealed class WebSocketTarget : IFuzzTarget
{
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0x89, 0x83, 1, 2, 3, 4, 9, 9, 9, 0x8A, 0x80, 0, 0, 0, 0, 0x88, 0x82, 5, 5, 5, 5, 6, 237],
        [0x02, 0xFE, 0, 3, 1, 1, 1, 1, 7, 7, 7, 0x80, 0xFF, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 1, 1, 8, 8, 0x89, 0x80, 0, 0, 0, 0],
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        WebSocketReader whole = new();
        WebSocketReader single = new();
        int position = 0;
        int at = 0;
        while (true)
        {
            WebSocketEvent happened = whole.Read(input, ref position);
            WebSocketEvent same = WebSocketEvent.None;
            while (same == WebSocketEvent.None && at < input.Length)
            {
                int one = 0;
                same = single.Read(input.Slice(at, 1), ref one);
                at += one;
            }

            Check.Holds(happened == same && at == position, "how it arrives makes no difference");
            if (happened is WebSocketEvent.Ping) Check.Holds(whole.Payload.SequenceEqual(single.Payload) && whole.Payload.Length <= WebSocketReader.MaxControl, "a payload is short");
            if (happened is WebSocketEvent.None or WebSocketEvent.Broken) break;
        }
    }
}

/// <summary>Texts of stream keys.</summary>
internal sealed class StreamKeysTarget : IFuzzTarget
{
    public IReadOnlyList<byte[]> Seeds { get; } = ["film s3cret\n* other\n"u8.ToArray(), "a b\na c\n\n"u8.ToArray()];

    public void Run(ReadOnlySpan<byte> input)
    {
        if (!StreamKeys.TryRead(input, out StreamKeys? keys)) return;
        Check.Holds(!keys!.AreAsked || !keys.Allow("film"u8, default), "no key is never the key");
        keys.Allow("film"u8, input);
    }
}
