// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>What a <see cref="JsonReader"/> stands at.</summary>
public enum JsonToken : byte
{
    /// <summary>Before the first token, behind the last, or at an error.</summary>
    None,

    /// <summary>"{".</summary>
    StartObject,

    /// <summary>"}".</summary>
    EndObject,

    /// <summary>"[".</summary>
    StartArray,

    /// <summary>"]".</summary>
    EndArray,

    /// <summary>The name of an object's member.</summary>
    Name,

    /// <summary>A string.</summary>
    String,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true.</summary>
    True,

    /// <summary>false.</summary>
    False,

    /// <summary>null.</summary>
    Null,
}

/// <summary>
/// Reads JSON (RFC 8259) token by token, forwards, from memory: no reflection, no allocation. It takes exactly the grammar: no comments, no trailing commas, no leading
/// zeros, valid UTF-8 alone, no unpaired surrogates, one value with nothing behind it, at most <see cref="MaxDepth"/> levels. Of two members with one name, both are seen.
/// </summary>
public ref struct JsonReader(ReadOnlySpan<byte> json)
{
    /// <summary>Objects and arrays within each other at most; more is an error.</summary>
    public const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _json = json;
    private int _position;
    private int _start;
    private int _length;

    // A bit for each level: whether it is an object.
    private ulong _objects;
    private bool _hasEscapes;
    private bool _afterValue;
    private bool _afterName;

    /// <summary>What it stands at.</summary>
    public JsonToken Token { get; private set; }

    /// <summary>How many objects and arrays are open.</summary>
    public int Depth { get; private set; }

    /// <summary>Whether something was no JSON. Nothing more is read then; <see cref="Position"/> is where.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>The token as it is written: of a name or string, what is between the quotes, with its escapes.</summary>
    public readonly ReadOnlySpan<byte> Raw => _json.Slice(_start, _length);

    /// <summary>Whether all of <paramref name="json"/> is one value.</summary>
    public static bool IsValid(ReadOnlySpan<byte> json)
    {
        JsonReader reader = new(json);
        while (reader.Read())
        {
        }

        return !reader.HasFailed;
    }

    /// <summary>Goes to the next token. False at the end, and at an error: see <see cref="HasFailed"/>.</summary>
    public bool Read()
    {
        if (HasFailed) return false;
        Token = JsonToken.None;
        SkipBlanks();
        if (Depth == 0 && _afterValue) return _position == _json.Length ? false : Fail();
        if (_position == _json.Length) return Fail();
        byte value = _json[_position];
        bool inObject = IsInObject;
        if (_afterName)
        {
            if (value != ':') return Fail();
            _position++;
            SkipBlanks();
            return _position < _json.Length ? ReadValue() : Fail();
        }

        if (value is (byte)'}' or (byte)']') return EndContainer(value == '}');
        if (_afterValue)
        {
            if (value != ',') return Fail();
            _position++;
            SkipBlanks();
            if (_position == _json.Length) return Fail();
        }

        return inObject ? ReadName() : ReadValue();
    }

    /// <summary>
    /// From the name or the start of a value: goes to the value's last token, so that the next <see cref="Read"/> is behind it. False at an error.
    /// </summary>
    public bool Skip()
    {
        if (Token == JsonToken.Name && !Read()) return false;
        if (Token is not (JsonToken.StartObject or JsonToken.StartArray)) return !HasFailed;
        int depth = Depth;
        while (Depth >= depth)
        {
            if (!Read()) return false;
        }

        return true;
    }

    /// <summary>Whether it stands at a name or string that means <paramref name="text"/>, with its escapes read.</summary>
    public readonly bool Is(scoped ReadOnlySpan<byte> text)
    {
        if (Token is not (JsonToken.Name or JsonToken.String)) return false;
        return _hasEscapes ? JsonString.AreEqual(Raw, text) : Raw.SequenceEqual(text);
    }

    /// <summary>
    /// Writes what a name or string means, as UTF-8, to <paramref name="destination"/>. False when it stands at neither, or they do not fit. What is written is
    /// never longer than <see cref="Raw"/>.
    /// </summary>
    public readonly bool TryCopyText(scoped Span<byte> destination, out int length)
    {
        length = 0;
        if (Token is not (JsonToken.Name or JsonToken.String)) return false;
        return JsonString.TryDecode(Raw, destination, out length);
    }

    /// <summary>The number, where it is a whole one that a long holds and is written without fraction and exponent.</summary>
    public readonly bool TryGetInt64(out long value)
    {
        value = 0;
        return Token == JsonToken.Number && JsonNumber.TryRead(Raw, out value);
    }

    private readonly bool IsInObject => Depth > 0 && (_objects >> (Depth - 1) & 1) != 0;

    private bool ReadName()
    {
        if (_json[_position] != '"' || !ReadString()) return Fail();
        Token = JsonToken.Name;
        _afterName = true;
        _afterValue = false;
        return true;
    }

    private bool ReadValue()
    {
        _afterName = false;
        switch (_json[_position])
        {
            case (byte)'{': return StartContainer(isObject: true);
            case (byte)'[': return StartContainer(isObject: false);
            case (byte)'"': return ReadString() ? Scalar(JsonToken.String) : Fail();
            case (byte)'t': return ReadWord("true"u8, JsonToken.True);
            case (byte)'f': return ReadWord("false"u8, JsonToken.False);
            case (byte)'n': return ReadWord("null"u8, JsonToken.Null);
            default:
                _start = _position;
                _length = JsonNumber.Length(_json[_position..]);
                if (_length == 0) return Fail();
                _position += _length;
                return Scalar(JsonToken.Number);
        }
    }

    private bool ReadWord(ReadOnlySpan<byte> word, JsonToken token)
    {
        if (!_json[_position..].StartsWith(word)) return Fail();
        _start = _position;
        _length = word.Length;
        _position += word.Length;
        return Scalar(token);
    }

    private bool Scalar(JsonToken token)
    {
        Token = token;
        _afterValue = true;
        return true;
    }

    private bool StartContainer(bool isObject)
    {
        if (Depth == MaxDepth) return Fail();
        ulong bit = 1UL << Depth++;
        _objects = isObject ? _objects | bit : _objects & ~bit;
        Token = isObject ? JsonToken.StartObject : JsonToken.StartArray;
        _afterValue = false;
        return TakeBracket();
    }

    private bool EndContainer(bool isObject)
    {
        if (Depth == 0 || IsInObject != isObject) return Fail();
        Depth--;
        Token = isObject ? JsonToken.EndObject : JsonToken.EndArray;
        _afterValue = true;
        return TakeBracket();
    }

    private bool TakeBracket()
    {
        _start = _position++;
        _length = 1;
        return true;
    }

    private bool ReadString()
    {
        int length = JsonString.Length(_json[(_position + 1)..], out _hasEscapes);
        if (length < 0) return false;
        _start = _position + 1;
        _length = length;
        _position += length + 2;
        return true;
    }

    private void SkipBlanks()
    {
        while (_position < _json.Length && _json[_position] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r') _position++;
    }

    private bool Fail()
    {
        HasFailed = true;
        Token = JsonToken.None;
        return false;
    }
}
