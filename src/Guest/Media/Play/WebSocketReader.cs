// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Media.Play;

/// <summary>What a client has said by WebSocket.</summary>
public enum WebSocketEvent : byte
{
    /// <summary>Nothing that is whole yet.</summary>
    None,

    /// <summary>It wants its payload back.</summary>
    Ping,

    /// <summary>It is leaving.</summary>
    Close,

    /// <summary>It breaks the protocol.</summary>
    Broken,
}

/// <summary>
/// Reads the frames that a client sends (RFC 6455, 5.2). Of those with data nothing is kept; control frames are gathered whole, at most 125 bytes each.
/// </summary>
public sealed class WebSocketReader
{
    /// <summary>Bytes of a control frame's payload at most (5.5).</summary>
    public const int MaxControl = 125;

    private const int MaxHeader = 14;
    private const int MaskSize = 4;
    private const int CloseCode = 8;
    private const int PingCode = 9;
    private const int PongCode = 10;

    private readonly byte[] _header = new byte[MaxHeader];
    private readonly byte[] _payload = new byte[MaxControl];
    private int _headerLength;
    private int _received;
    private int _controlLength;
    private long _skip;
    private bool _isInControl;

    /// <summary>The payload of the control frame just told, unmasked.</summary>
    public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, _controlLength);

    /// <summary>Begins with a new connection.</summary>
    public void Reset()
    {
        _headerLength = _received = _controlLength = 0;
        _skip = 0;
        _isInControl = false;
    }

    /// <summary>Reads on in <paramref name="data"/> from <paramref name="position"/>, up to something that is to be answered.</summary>
    public WebSocketEvent Read(ReadOnlySpan<byte> data, ref int position)
    {
        while (true)
        {
            long skipped = Math.Min(_skip, data.Length - position);
            position += (int)skipped;
            _skip -= skipped;
            if (!_isInControl)
            {
                if (position == data.Length) return WebSocketEvent.None;
                _header[_headerLength++] = data[position++];
                if (!TryReadHeader(out bool isGood)) continue;
                if (!isGood) return WebSocketEvent.Broken;
                if (!_isInControl) continue;
            }

            while (_received < _controlLength && position < data.Length)
            {
                _payload[_received] = (byte)(data[position++] ^ _header[_headerLength - MaskSize + _received % MaskSize]);
                _received++;
            }

            if (_received < _controlLength) return WebSocketEvent.None;
            int code = _header[0] & 15;
            _isInControl = false;
            _headerLength = 0;
            if (code != PongCode) return code == PingCode ? WebSocketEvent.Ping : WebSocketEvent.Close;
        }
    }

    /// <summary>Looks at the header gathered so far; false while there has to be more of it.</summary>
    private bool TryReadHeader(out bool isGood)
    {
        const int FinalBit = 0x80;
        const int ReservedBits = 0x70;
        const int MaskBit = 0x80;
        isGood = true;
        if (_headerLength < 2) return false;
        int code = _header[0] & 15;
        int length = _header[1] & 127;
        bool isControl = code >= CloseCode;
        bool isWhole = (_header[0] & FinalBit) != 0;
        // Clients have to mask (5.1), nothing was agreed on that would use reserved bits, and control frames are short and in one piece (5.5).
        isGood = (_header[1] & MaskBit) != 0 && (_header[0] & ReservedBits) == 0
            && (isControl ? isWhole && length <= MaxControl && code is CloseCode or PingCode or PongCode : code <= 2);
        if (!isGood) return true;
        int size = 2 + MaskSize + length switch { 126 => 2, 127 => 8, _ => 0 };
        if (_headerLength < size) return false;
        if (isControl)
        {
            _isInControl = true;
            _received = 0;
            _controlLength = length;
            return true;
        }

        ulong payload = length switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
            127 => BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
            _ => (ulong)length,
        };
        isGood = payload <= long.MaxValue;
        _skip = isGood ? (long)payload : 0;
        _headerLength = 0;
        return true;
    }
}
