// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>
/// Writes metrics in Prometheus's text format, version 0.0.4. What does not fit is left out from the first metric on that does not fit whole, and
/// <see cref="IsFull"/> says so.
/// </summary>
public ref struct PrometheusWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;
    private int _position;
    private int _complete;

    /// <summary>The media type of the format.</summary>
    public static ReadOnlySpan<byte> ContentTypeLine => "Content-Type: text/plain; version=0.0.4\r\n"u8;

    /// <summary>What was written: whole lines.</summary>
    public readonly ReadOnlySpan<byte> Text => _room[.._complete];

    /// <summary>Whether something was left out.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Writes a number that only grows.</summary>
    /// <param name="name">The metric's name, by custom with _total at its end.</param>
    /// <param name="help">What it counts, in a few words without line feeds or backslashes.</param>
    /// <param name="value">The value, 0 or more.</param>
    public void Counter(ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, long value)
    {
        Describe(name, help, "counter"u8);
        Sample(name, value);
    }

    /// <summary>Writes a number that rises and falls.</summary>
    public void Gauge(ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, long value)
    {
        Describe(name, help, "gauge"u8);
        Sample(name, value);
    }

    /// <summary>Writes what a metric is, before its samples: once, also where it has several, told apart by a label.</summary>
    /// <param name="name">The metric's name.</param>
    /// <param name="help">What it counts.</param>
    /// <param name="type">counter or gauge.</param>
    public void Describe(ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, ReadOnlySpan<byte> type)
    {
        Append("# HELP "u8);
        Append(name);
        Append(" "u8);
        Append(help);
        Append("\n# TYPE "u8);
        Append(name);
        Append(" "u8);
        Append(type);
        Append("\n"u8);
    }

    /// <summary>Writes the value of a metric without labels.</summary>
    public void Sample(ReadOnlySpan<byte> name, long value)
    {
        Append(name);
        AppendValue(value);
    }

    /// <summary>Writes the value of a metric with one label, whose value has no quotation mark, backslash or line feed.</summary>
    public void Sample(ReadOnlySpan<byte> name, ReadOnlySpan<byte> label, ReadOnlySpan<byte> labelValue, long value)
    {
        Append(name);
        Append("{"u8);
        Append(label);
        Append("=\""u8);
        Append(labelValue);
        Append("\"}"u8);
        AppendValue(value);
    }

    private void AppendValue(long value)
    {
        Span<byte> digits = stackalloc byte[Digits.MaxLength];
        Append(" "u8);
        Append(Digits.Format(value, digits));
        Append("\n"u8);
        if (!IsFull) _complete = _position;
    }

    private void Append(scoped ReadOnlySpan<byte> text)
    {
        IsFull |= text.Length > _room.Length - _position;
        if (IsFull) return;
        text.CopyTo(_room[_position..]);
        _position += text.Length;
    }
}
