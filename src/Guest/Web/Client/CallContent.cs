// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Platform;

namespace Uaas.Web;

/// <summary>What became of bytes of a response's content.</summary>
internal enum ContentStep : byte
{
    /// <summary>More is to come.</summary>
    More,

    /// <summary>All is there.</summary>
    Done,

    /// <summary>The framing is broken.</summary>
    Bad,
}

/// <summary>The content of a response, freed from its framing, of which as much is held as there is room for.</summary>
internal sealed class CallContent(int capacity)
{
    private byte[] _buffer = [];
    private ResponseFraming _framing;
    private ChunkedReader _chunks;
    private long _left;
    private int _shown;
    private int _received;

    /// <summary>The piece that was asked for last.</summary>
    internal ReadOnlySpan<byte> Current => _buffer.AsSpan(0, _shown);

    /// <summary>Begins the content of a response. Done where there is none.</summary>
    internal ContentStep Begin(ResponseHead head)
    {
        if (_buffer.Length == 0) _buffer = new byte[capacity];
        Clear();
        _framing = head.Framing;
        _left = head.ContentLength;
        return _framing == ResponseFraming.None || (_framing == ResponseFraming.Length && _left == 0) ? ContentStep.Done : ContentStep.More;
    }

    /// <summary>Forgets all.</summary>
    internal void Clear()
    {
        _shown = _received = 0;
        _chunks = default;
        _framing = ResponseFraming.None;
    }

    /// <summary>The server has closed the connection in order: whether that is the end.</summary>
    internal bool EndsWithConnection => _framing == ResponseFraming.Close;

    /// <summary>Lets go of the piece before, and shows what has come since. False if that is nothing.</summary>
    internal bool Next()
    {
        _buffer.AsSpan(_shown, _received - _shown).CopyTo(_buffer);
        _received -= _shown;
        return Show();
    }

    /// <summary>Shows what has come. False if that is nothing.</summary>
    internal bool Show()
    {
        _shown = _received;
        return _shown > 0;
    }

    /// <summary>Takes bytes as far as there is room.</summary>
    internal ContentStep Take(ReadOnlySpan<byte> data, out int consumed)
    {
        consumed = 0;
        if (_framing == ResponseFraming.Chunked) return TakeChunks(data, ref consumed);
        if (_framing == ResponseFraming.Close)
        {
            consumed = Keep(data);
            return ContentStep.More;
        }

        consumed = Keep(data[..(int)Math.Min(_left, data.Length)]);
        _left -= consumed;
        return _left == 0 ? ContentStep.Done : ContentStep.More;
    }

    private ContentStep TakeChunks(ReadOnlySpan<byte> data, ref int consumed)
    {
        while (true)
        {
            switch (_chunks.Read(data[consumed..], out int framing, out int content))
            {
                case ChunkStep.Content:
                    consumed += framing;
                    int taken = Keep(data.Slice(consumed, content));
                    _chunks.Take(taken);
                    consumed += taken;
                    if (taken < content) return ContentStep.More;
                    break;
                case ChunkStep.NeedMore:
                    consumed += framing;
                    return ContentStep.More;
                case ChunkStep.Done:
                    consumed += framing;
                    return ContentStep.Done;
                default:
                    return ContentStep.Bad;
            }
        }
    }

    private int Keep(ReadOnlySpan<byte> content)
    {
        int count = Math.Min(content.Length, _buffer.Length - _received);
        content[..count].CopyTo(_buffer.AsSpan(_received));
        _received += count;
        return count;
    }
}
