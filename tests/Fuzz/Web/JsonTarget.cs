// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Uaas.Web;

namespace Uaas.Fuzz.Web;

/// <summary>JSON, judged by .NET's own reader: both take the same texts, and see the same tokens in them.</summary>
internal sealed class JsonTarget : IFuzzTarget
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _text = new byte[4096];
    private readonly byte[] _written = new byte[8192];

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "{\"a\":{\"b\":[1,\"x\",true,false,null]},\"c\":-12.5e+3}"u8.ToArray(),
        "[\"\\ud83d\\ude00\\u0041\\n\\\"\",\"é😀\",0,-0,[[[[]]]],{}]"u8.ToArray(),
        "\"\\\\u0000\\b\\f\\r\\t\\/\""u8.ToArray(),
        " \t\r\n9223372036854775807 "u8.ToArray(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        bool expected = IsValid(input);
        if (JsonReader.IsValid(input) != expected) throw new InvalidOperationException($"a text is JSON here or there alone: expected {expected}");
        if (expected) Compare(input);
        else Exhaust(input);
    }

    private static bool IsValid(ReadOnlySpan<byte> input)
    {
        try
        {
            s_strict.GetCharCount(input);
            Utf8JsonReader reader = new(input, new JsonReaderOptions { MaxDepth = JsonReader.MaxDepth });
            while (reader.Read())
            {
                // An unpaired surrogate is found no earlier than here.
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) reader.GetString();
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private void Compare(ReadOnlySpan<byte> input)
    {
        JsonReader ours = new(input);
        Utf8JsonReader theirs = new(input, new JsonReaderOptions { MaxDepth = JsonReader.MaxDepth });
        JsonWriter writer = new(_written);
        while (theirs.Read())
        {
            Holds(ours.Read());
            Copy(ref ours, ref theirs, ref writer);
        }

        Holds(!ours.Read() && !ours.HasFailed);
        if (writer.IsComplete) Holds(JsonReader.IsValid(writer.Written));
    }

    private void Copy(ref JsonReader ours, ref Utf8JsonReader theirs, ref JsonWriter writer)
    {
        switch (theirs.TokenType)
        {
            case JsonTokenType.StartObject: Holds(ours.Token == JsonToken.StartObject); writer.StartObject(); break;
            case JsonTokenType.EndObject: Holds(ours.Token == JsonToken.EndObject); writer.EndObject(); break;
            case JsonTokenType.StartArray: Holds(ours.Token == JsonToken.StartArray); writer.StartArray(); break;
            case JsonTokenType.EndArray: Holds(ours.Token == JsonToken.EndArray); writer.EndArray(); break;
            case JsonTokenType.True: Holds(ours.Token == JsonToken.True); writer.Boolean(true); break;
            case JsonTokenType.False: Holds(ours.Token == JsonToken.False); writer.Boolean(false); break;
            case JsonTokenType.Null: Holds(ours.Token == JsonToken.Null); writer.Null(); break;
            case JsonTokenType.Number:
                Holds(ours.Token == JsonToken.Number && ours.Raw.SequenceEqual(theirs.ValueSpan));
                if (ours.TryGetInt64(out long number)) Holds(theirs.TryGetInt64(out long same) && same == number);
                writer.Raw(ours.Raw);
                break;
            default:
                CompareText(ref ours, ref theirs, ref writer);
                break;
        }
    }

    private void CompareText(ref JsonReader ours, ref Utf8JsonReader theirs, ref JsonWriter writer)
    {
        byte[] expected = Encoding.UTF8.GetBytes(theirs.GetString()!);
        Holds(ours.Is(expected));
        if (expected.Length <= _text.Length) Holds(ours.TryCopyText(_text, out int length) && _text.AsSpan(0, length).SequenceEqual(expected));
        bool isName = theirs.TokenType == JsonTokenType.PropertyName;
        Holds(ours.Token == (isName ? JsonToken.Name : JsonToken.String));
        if (isName) writer.Name(expected);
        else writer.String(expected);
    }

    // What is no JSON is read to its error all the same, by every way there is.
    private void Exhaust(ReadOnlySpan<byte> input)
    {
        JsonReader reader = new(input);
        while (reader.Read())
        {
            reader.TryCopyText(_text, out _);
            reader.TryGetInt64(out _);
            reader.Is(input);
            Holds(reader.Depth <= JsonReader.MaxDepth && reader.Position <= input.Length);
        }

        JsonReader skipping = new(input);
        while (skipping.Read() && skipping.Skip())
        {
        }

        Holds(reader.HasFailed);
    }

    private static void Holds(bool condition)
    {
        if (!condition) throw new InvalidOperationException("the readers see different tokens");
    }
}
