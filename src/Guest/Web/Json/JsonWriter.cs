// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>
/// Writes JSON (RFC 8259) into a span: no reflection, no allocation. Commas and colons are its own business. What does not fit, or is no JSON (a value without a name
/// in an object, a second value behind the first), makes <see cref="IsComplete"/> false for good; nothing panics, for how much is written may hang on input.
/// </summary>
public ref struct JsonWriter(Span<byte> destination)
{
    /// <summary>Objects and arrays within each other at most.</summary>
    public const int MaxDepth = 64;

    private readonly Span<byte> _destination = destination;
    private int _length;
    private int _depth;

    // A bit for each level: whether it is an object.
    private ulong _objects;
    private bool _needsComma;
    private bool _hasName;
    private bool _isBad;

    /// <summary>Whether one whole value has been written.</summary>
    public readonly bool IsComplete => !_isBad && _depth == 0 && _needsComma;

    /// <summary>What has been written.</summary>
    public readonly ReadOnlySpan<byte> Written => _destination[.._length];

    private readonly bool IsInObject => _depth > 0 && (_objects >> (_depth - 1) & 1) != 0;

    /// <summary>Begins an object.</summary>
    public void StartObject() => Start('{', isObject: true);

    /// <summary>Ends an object.</summary>
    public void EndObject() => End('}', isObject: true);

    /// <summary>Begins an array.</summary>
    public void StartArray() => Start('[', isObject: false);

    /// <summary>Ends an array.</summary>
    public void EndArray() => End(']', isObject: false);

    /// <summary>The name of the member that comes next, in UTF-8.</summary>
    public void Name(scoped ReadOnlySpan<byte> name)
    {
        if (!IsInObject || _hasName) _isBad = true;
        if (_needsComma) Put((byte)',');
        Quote(name);
        Put((byte)':');
        _hasName = true;
        _needsComma = false;
    }

    /// <summary>A string, from UTF-8; what is no UTF-8 becomes U+FFFD.</summary>
    public void String(scoped ReadOnlySpan<byte> text)
    {
        BeginValue();
        Quote(text);
        EndValue();
    }

    /// <summary>A number.</summary>
    public void Number(long value)
    {
        BeginValue();
        Span<byte> digits = stackalloc byte[20];
        int start = digits.Length;
        ulong magnitude = value < 0 ? 0 - (ulong)value : (ulong)value;
        do
        {
            digits[--start] = (byte)('0' + magnitude % 10);
            magnitude /= 10;
        }
        while (magnitude != 0);
        if (value < 0) digits[--start] = (byte)'-';
        Put(digits[start..]);
        EndValue();
    }

    /// <summary>true or false.</summary>
    public void Boolean(bool value)
    {
        BeginValue();
        Put(value ? "true"u8 : "false"u8);
        EndValue();
    }

    /// <summary>null.</summary>
    public void Null()
    {
        BeginValue();
        Put("null"u8);
        EndValue();
    }

    /// <summary>A value that is JSON already, such as one of <see cref="JsonReader"/>'s <see cref="JsonReader.Raw"/>. Anything else spoils the whole.</summary>
    public void Raw(scoped ReadOnlySpan<byte> json)
    {
        if (!JsonReader.IsValid(json)) _isBad = true;
        BeginValue();
        Put(json);
        EndValue();
    }

    /// <summary>A member with a string.</summary>
    public void String(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> text)
    {
        Name(name);
        String(text);
    }

    /// <summary>A member with a number.</summary>
    public void Number(scoped ReadOnlySpan<byte> name, long value)
    {
        Name(name);
        Number(value);
    }

    /// <summary>A member with true or false.</summary>
    public void Boolean(scoped ReadOnlySpan<byte> name, bool value)
    {
        Name(name);
        Boolean(value);
    }

    private void Start(char bracket, bool isObject)
    {
        BeginValue();
        Put((byte)bracket);
        _needsComma = false;
        if (_depth == MaxDepth)
        {
            _isBad = true;
            return;
        }

        ulong bit = 1UL << _depth++;
        _objects = isObject ? _objects | bit : _objects & ~bit;
    }

    private void End(char bracket, bool isObject)
    {
        if (_depth == 0 || IsInObject != isObject || _hasName)
        {
            _isBad = true;
            return;
        }

        _depth--;
        Put((byte)bracket);
        EndValue();
    }

    private void BeginValue()
    {
        if (IsInObject ? !_hasName : _depth == 0 && _needsComma) _isBad = true;
        if (_needsComma) Put((byte)',');
        _hasName = false;
    }

    private void EndValue() => _needsComma = true;

    private void Quote(scoped ReadOnlySpan<byte> text)
    {
        Put((byte)'"');
        while (!text.IsEmpty)
        {
            int length = Utf8.SequenceLength(text);
            if (length == 0) Put("\uFFFD"u8);
            else if (length == 1) PutAscii(text[0]);
            else Put(text[..length]);
            text = text[Math.Max(length, 1)..];
        }

        Put((byte)'"');
    }

    private void PutAscii(byte value)
    {
        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        switch (value)
        {
            case (byte)'"': Put("\\\""u8); break;
            case (byte)'\\': Put("\\\\"u8); break;
            case (byte)'\n': Put("\\n"u8); break;
            case (byte)'\r': Put("\\r"u8); break;
            case (byte)'\t': Put("\\t"u8); break;
            case < 0x20:
                Put("\\u00"u8);
                Put(digits[value >> 4]);
                Put(digits[value & 15]);
                break;
            default: Put(value); break;
        }
    }

    private void Put(byte value)
    {
        if (_length == _destination.Length) _isBad = true;
        else _destination[_length++] = value;
    }

    private void Put(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _destination.Length - _length)
        {
            _isBad = true;
            return;
        }

        bytes.CopyTo(_destination[_length..]);
        _length += bytes.Length;
    }
}
