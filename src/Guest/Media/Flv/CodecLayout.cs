// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Flv;

/// <summary>
/// How the pictures of a stream are laid out, as far as is needed to tell those that no other needs: FLV says so of H.263 alone, but H.264 and H.265 say it in
/// the header of each NAL unit (ITU-T H.264, 7.3.1: nal_ref_idc; H.265, 7.4.2.2: sub-layer non-reference pictures).
/// </summary>
public readonly struct CodecLayout
{
    private const int ExtendedBit = 0x80;
    private const int AvcCodec = 7;
    private const int MaxUnits = 16;

    private readonly byte _lengthSize;
    private readonly bool _isHevc;

    private CodecLayout(byte lengthSize, bool isHevc)
    {
        _lengthSize = lengthSize;
        _isHevc = isHevc;
    }

    private static ReadOnlySpan<byte> HevcCode => "hvc1"u8;

    private static ReadOnlySpan<byte> AvcCode => "avc1"u8;

    /// <summary>Reads a decoder's configuration: the body of a sequence header. Of codecs that are not known all pictures are needed.</summary>
    public static CodecLayout Read(ReadOnlySpan<byte> body)
    {
        const int HeaderSize = 5;
        const int AvcLengthAt = HeaderSize + 4;
        const int HevcLengthAt = HeaderSize + 21;
        if (body.Length <= AvcLengthAt) return default;
        bool isExtended = (body[0] & ExtendedBit) != 0;
        if (isExtended && body.Slice(1, 4).SequenceEqual(HevcCode))
            return body.Length > HevcLengthAt ? new CodecLayout((byte)((body[HevcLengthAt] & 3) + 1), isHevc: true) : default;
        bool isAvc = isExtended ? body.Slice(1, 4).SequenceEqual(AvcCode) : (body[0] & 15) == AvcCodec;
        return isAvc ? new CodecLayout((byte)((body[AvcLengthAt] & 3) + 1), isHevc: false) : default;
    }

    /// <summary>Whether no other picture needs this one: the body of a packet that is no key frame.</summary>
    public bool IsDisposable(ReadOnlySpan<byte> body)
    {
        if (_lengthSize == 0 || body.Length < 5) return false;
        const int WithoutCompositionTime = 3;
        bool isExtended = (body[0] & ExtendedBit) != 0;
        int header = !isExtended || (body[0] & 15) == WithoutCompositionTime ? 5 : 8;
        if (body.Length <= header) return false;
        ReadOnlySpan<byte> units = body[header..];
        for (int i = 0; i < MaxUnits && TryTakeUnit(ref units, out ReadOnlySpan<byte> unit); i++)
        {
            if (unit.IsEmpty) return false;
            if (IsSlice(unit[0])) return !IsReference(unit[0]);
        }

        return false;
    }

    private bool IsSlice(byte first) => _isHevc ? (first >> 1 & 63) < 32 : (first & 31) is >= 1 and <= 5;

    private bool IsReference(byte first) => _isHevc ? (first >> 1 & 63) is not (0 or 2 or 4 or 6 or 8 or 10 or 12 or 14) : (first >> 5 & 3) != 0;

    private bool TryTakeUnit(ref ReadOnlySpan<byte> units, out ReadOnlySpan<byte> unit)
    {
        unit = default;
        if (units.Length < _lengthSize) return false;
        uint length = 0;
        for (int i = 0; i < _lengthSize; i++) length = length << 8 | units[i];
        units = units[_lengthSize..];
        if (length > (uint)units.Length) return false;
        unit = units[..(int)length];
        units = units[(int)length..];
        return true;
    }
}
