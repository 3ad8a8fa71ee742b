// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Platform;

namespace Uaas.Service;

/// <summary>
/// The guest's log: lines of the form <c>level event key=value …</c> on the console. The host adds the time.
/// </summary>
public ref struct Log
{
    /// <summary>Bytes of a line; what is longer is cut.</summary>
    public const int LineMax = 256;

    private LineBuilder _line;

    private Log(Span<byte> buffer, ReadOnlySpan<byte> level, ReadOnlySpan<byte> name)
    {
        _line = new LineBuilder(buffer);
        _line.Append(level);
        _line.Append(name);
    }

    /// <summary>Begins a line on what happens in the ordinary course.</summary>
    public static Log Info(Span<byte> buffer, ReadOnlySpan<byte> name) => new(buffer, "info "u8, name);

    /// <summary>Begins a line on what keeps the guest from its work.</summary>
    public static Log Error(Span<byte> buffer, ReadOnlySpan<byte> name) => new(buffer, "error "u8, name);

    /// <summary>Adds a field with text from outside, made harmless.</summary>
    public void Field(ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> value)
    {
        Key(key);
        _line.AppendForeign(value);
    }

    /// <summary>Adds a field with a number.</summary>
    public void Field(ReadOnlySpan<byte> key, long value)
    {
        Key(key);
        _line.Append(value);
    }

    /// <summary>Adds a field with a duration, in milliseconds.</summary>
    public void Milliseconds(ReadOnlySpan<byte> key, long nanoseconds)
    {
        Key(key);
        _line.AppendMilliseconds(nanoseconds);
    }

    /// <summary>Adds words for a person: what to do.</summary>
    public void Hint(ReadOnlySpan<byte> words)
    {
        _line.Append(": "u8);
        _line.Append(words);
    }

    /// <summary>Writes the line.</summary>
    public void Write()
    {
        _line.EndLine();
        Machine.Write(_line.Text);
    }

    private void Key(ReadOnlySpan<byte> key)
    {
        _line.Append(" "u8);
        _line.Append(key);
        _line.Append("="u8);
    }
}
