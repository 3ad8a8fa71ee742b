// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Platform;

namespace Uaas.Web;

/// <summary>
/// The fields of a query or of form content, application/x-www-form-urlencoded (WHATWG URL, 5.1): "a=1&amp;b=x+y". A percent sign that is not followed by two
/// hexadecimal digits stands for itself, as there.
/// </summary>
internal sealed class FormFields
{
    /// <summary>Fields at most; further ones are passed over.</summary>
    internal const int Capacity = 32;

    private struct Field
    {
        public int Name;
        public int Value;
        public int End;
    }

    private readonly Field[] _fields = new Field[Capacity];
    private byte[] _text = [];
    private int _count;
    private bool _isRead;

    /// <summary>Forgets what was read.</summary>
    internal void Clear() => _isRead = false;

    /// <summary>The value of the first field of that name, decoded, in <paramref name="encoded"/>, which is read once after <see cref="Clear"/>.</summary>
    internal bool TryFind(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        if (!_isRead) Read(encoded);
        for (int i = 0; i < _count; i++)
        {
            ref Field field = ref _fields[i];
            if (!_text.AsSpan(field.Name, field.Value - field.Name).SequenceEqual(name)) continue;
            value = _text.AsSpan(field.Value, field.End - field.Value);
            return true;
        }

        value = default;
        return false;
    }

    // Decoded text is no longer than encoded, so all of it fits once there is room for that.
    private void Read(ReadOnlySpan<byte> encoded)
    {
        _isRead = true;
        _count = 0;
        int length = 0;
        while (!encoded.IsEmpty && _count < Capacity)
        {
            int end = encoded.IndexOf((byte)'&');
            ReadOnlySpan<byte> field = end < 0 ? encoded : encoded[..end];
            encoded = end < 0 ? default : encoded[(end + 1)..];
            if (field.IsEmpty) continue;
            int equals = field.IndexOf((byte)'=');
            ref Field entry = ref _fields[_count++];
            entry.Name = length;
            length = Decode(equals < 0 ? field : field[..equals], length);
            entry.Value = length;
            length = Decode(equals < 0 ? default : field[(equals + 1)..], length);
            entry.End = length;
        }
    }

    /// <summary>Makes room for text of up to <paramref name="capacity"/> bytes, of which there is one for each instance: it is kept.</summary>
    internal void Reserve(int capacity)
    {
        if (_text.Length >= capacity) return;
        using (Arena.EnterHeap()) _text = new byte[capacity];
    }

    private int Decode(ReadOnlySpan<byte> text, int length)
    {
        for (int i = 0; i < text.Length; i++)
        {
            byte value = text[i];
            if (value == '+')
            {
                value = (byte)' ';
            }
            else if (value == '%' && text.Length - i > 2 && (Ascii.HexValue(text[i + 1]) | Ascii.HexValue(text[i + 2])) >= 0)
            {
                value = (byte)(Ascii.HexValue(text[i + 1]) << 4 | Ascii.HexValue(text[i + 2]));
                i += 2;
            }

            _text[length++] = value;
        }

        return length;
    }
}
