// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Media.Amf;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Rtmp;

namespace Uaas.Fuzz.Media;

/// <summary>AMF0 values and commands.</summary>
internal sealed class AmfTarget : IFuzzTarget
{
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [2, 0, 7, .. "connect"u8, 0, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 3, 0, 3, .. "app"u8, 2, 0, 4, .. "live"u8, 0, 0, 9],
        [2, 0, 10, .. "onMetaData"u8, 8, 0, 0, 0, 1, 0, 5, .. "width"u8, 0, 0x40, 0x74, 0, 0, 0, 0, 0, 0, 0, 0, 9],
        [10, 0, 0, 0, 3, 1, 1, 5, 6, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 1, 97],
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        AmfReader reader = new(input);
        while (!reader.IsAtEnd)
        {
            int before = reader.Position;
            if (!reader.TrySkip()) break;
            Check.Holds(reader.Position > before && reader.Position <= input.Length, "a value has bytes, and ends within them");
        }

        if (!RtmpCommand.TryRead(input, out RtmpCommand command)) return;
        if (command.TryReadApplication(out ReadOnlySpan<byte> application)) Check.Holds(application.Length <= input.Length, "a name lies inside");
        if (command.TryReadStreamName(out ReadOnlySpan<byte> name, out _)) Check.Holds(!name.Contains((byte)'?'), "a name has no query");
    }
}

/// <summary>RTMP chunks, whose media goes to a stream that is played.</summary>
internal sealed class RtmpTarget : IFuzzTarget
{
    private readonly MessageBuffers _buffers = new(8, 2, 1 << 14);
    private readonly LiveStream _stream;
    private readonly Player _player = new();

    public RtmpTarget()
    {
        StreamTable table = new(1, 1 << 16, 1);
        table.TryPublish("fuzz"u8, default, out LiveStream? stream);
        _stream = stream!;
    }

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [6, 0, 0, 0, 0, 0, 6, 9, 1, 0, 0, 0, 0x17, 0, 0, 0, 0, 1, 6, 0, 0, 0, 0, 0, 6, 9, 1, 0, 0, 0, 0x17, 1, 0, 0, 0, 1, 0x86, 0, 0, 40, 0x27, 1, 0, 0, 0, 2],
        [4, 0xFF, 0xFF, 0xFF, 0, 0, 3, 8, 1, 0, 0, 0, 1, 0, 0, 0, 0xAF, 0, 1, 0xC4, 1, 0, 0, 0, 0xAF, 1, 2],
        [2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 3, 20, 0, 0, 0, 0, 1, 2, 0xC3, 3],
        [0, 1, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 8, 1, 0, 0, 0],
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        ChunkReader reader = new(_buffers);
        reader.Reset();
        reader.MaxMessage = _buffers.LargeSize;
        if (_player.Viewer.State == ViewerState.Idle) _player.Begin(_stream);
        int position = 0;
        while (reader.Read(input, ref position, out RtmpMessage message, out ReadOnlySpan<byte> body) == ChunkStatus.Message)
        {
            Check.Holds(body.Length == message.Length && position <= input.Length, "a message is as long as it says");
            if (message.Type == RtmpMessageType.SetChunkSize && body.Length >= 4) reader.TrySetChunkSize((uint)(body[0] << 24 | body[1] << 16 | body[2] << 8 | body[3]));
            else if (message.Type == RtmpMessageType.Abort && body.Length > 0) reader.AbortMessage(body[0]);
            else if (message.Type is RtmpMessageType.Audio or RtmpMessageType.Video or RtmpMessageType.DataAmf0) _stream.TryAdd((TagType)message.Type, message.Timestamp, body);
        }

        reader.Release();
        Check.Holds(_buffers.InUse == 0, "all buffers come back");
        _stream.Flush();
        _player.Take();
        Check.Holds(_stream.GroupLength <= _stream.GroupLimit, "a group keeps within its bound");
    }

    private sealed class Player : ViewerSink
    {
        private readonly byte[] _bytes = new byte[1000];
        private long _offered;
        private long _taken;

        public Player() => Viewer = new Viewer(this);

        public Viewer Viewer { get; }

        public void Begin(LiveStream stream)
        {
            _offered = _taken = 0;
            Viewer.TryBegin(stream, FramingKind.Flv);
        }

        public void Take()
        {
            while (_taken < _offered)
            {
                int count = (int)Math.Min(_bytes.Length, _offered - _taken);
                Check.Holds(Viewer.Read(_taken, _bytes.AsSpan(0, count)) == count, "what was offered is there");
                _taken += count;
                Viewer.Acknowledged(_taken);
            }
        }

        public override void Offer(long count) => _offered += count;

        public override void Cut() => throw new InvalidOperationException("a viewer that takes all is cut off");

        public override void Finish()
        {
        }
    }
}

/// <summary>What holds after every input.</summary>
internal static class Check
{
    /// <summary>Throws when it does not hold.</summary>
    public static void Holds(bool condition, string promise)
    {
        if (!condition) throw new InvalidOperationException(promise);
    }
}
