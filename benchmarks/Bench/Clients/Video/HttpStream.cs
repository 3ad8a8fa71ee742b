// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Text;

namespace Uaas.Bench.Clients.Video;

/// <summary>
/// The body of an answer by HTTP that has no end, taken out of what comes on the connection. A gateway sends it in chunks (RFC 9112, section 7.1), whose sizes stand wherever a read of
/// its ended: within a marker too.
/// </summary>
internal sealed class HttpStream
{
    private readonly List<byte> _line = [];
    private Part _part = Part.Head;
    private bool _isChunked;
    private long _left;

    private enum Part
    {
        /// <summary>The line of the status, and the fields.</summary>
        Head,

        /// <summary>The line with a chunk's size.</summary>
        Size,

        /// <summary>Bytes of the body.</summary>
        Data,

        /// <summary>The line's end after a chunk.</summary>
        DataEnd,
    }

    /// <summary>Takes what has come, in its order; the body's bytes of it move to the front. Returns how many they are.</summary>
    internal int Take(Span<byte> bytes)
    {
        int body = 0;
        for (int at = 0; at < bytes.Length;)
        {
            if (_part != Part.Data)
            {
                TakeByte(bytes[at++]);
                continue;
            }
            int length = (int)Math.Min(_left, bytes.Length - at);
            bytes.Slice(at, length).CopyTo(bytes[body..]);
            body += length;
            at += length;
            _left -= length;
            if (_left == 0)
                _part = Part.DataEnd;
        }
        return body;
    }

    private void TakeByte(byte next)
    {
        if (next == '\r')
            return;
        if (next != '\n')
        {
            _line.Add(next);
            return;
        }
        string line = Encoding.ASCII.GetString([.. _line]);
        _line.Clear();
        switch (_part)
        {
            case Part.Head when line.Length == 0:
                (_part, _left) = _isChunked ? (Part.Size, 0) : (Part.Data, long.MaxValue);
                break;
            case Part.Head:
                _isChunked |= line.StartsWith("Transfer-Encoding:", StringComparison.OrdinalIgnoreCase) && line.EndsWith("chunked", StringComparison.OrdinalIgnoreCase);
                break;
            case Part.Size when Utf8Parser.TryParse(Encoding.ASCII.GetBytes(line), out long size, out _, 'x') && size > 0:
                (_part, _left) = (Part.Data, size);
                break;
            default:
                // After a chunk stands a line's end. After the last one comes nothing that counts.
                _part = Part.Size;
                break;
        }
    }
}
