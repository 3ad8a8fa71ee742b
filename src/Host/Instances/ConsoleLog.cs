// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;

namespace Uaas.Instances;

/// <summary>A line that an instance printed.</summary>
/// <param name="Time">When its last byte arrived, by the host's clock.</param>
/// <param name="Text">The line, without its end. What could upset a terminal is replaced.</param>
public readonly record struct ConsoleLine(DateTimeOffset Time, string Text);

/// <summary>
/// An instance's console: cut into lines, each given its time, the last ones kept. A guest is not trusted: no line is longer than
/// <see cref="MaxLineBytes"/> (the rest goes on in a line of its own) and control characters are made visible.
/// </summary>
public sealed class ConsoleLog(TimeProvider clock)
{
    /// <summary>The longest line, in bytes.</summary>
    public const int MaxLineBytes = 2048;

    /// <summary>How many lines are kept.</summary>
    public const int MaxLines = 200;

    /// <summary>How many of the first lines are kept for good: what a guest says as it boots.</summary>
    public const int MaxFirstLines = 8;

    private readonly Lock _lock = new();
    private readonly Lock _delivery = new();
    private readonly Queue<ConsoleLine> _lines = new();
    private readonly List<ConsoleLine> _first = new(MaxFirstLines);
    private readonly byte[] _partial = new byte[MaxLineBytes];
    private int _partialLength;
    private Action<ConsoleLine>? _followers;

    /// <summary>The last lines, oldest first.</summary>
    public IReadOnlyList<ConsoleLine> Tail()
    {
        lock (_lock)
            return [.. _lines];
    }

    /// <summary>The first lines.</summary>
    public IReadOnlyList<ConsoleLine> Head()
    {
        lock (_lock)
            return [.. _first];
    }

    /// <summary>
    /// Calls <paramref name="onLine"/> with each line, one at a time: first those that are kept, since a guest may print before anyone can follow it, then each
    /// as it arrives. It must not block.
    /// </summary>
    public void Follow(Action<ConsoleLine> onLine)
    {
        lock (_delivery)
        {
            foreach (ConsoleLine line in Tail())
                onLine(line);
            _followers += onLine;
        }
    }

    /// <summary>Takes in what was read from the instance. Calls must not overlap.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value == '\n')
            {
                EndLine();
                continue;
            }
            if (_partialLength == MaxLineBytes)
                EndLine();
            _partial[_partialLength++] = value;
        }
    }

    /// <summary>Nothing more will come: a last line without an end is a line too.</summary>
    public void Complete()
    {
        if (_partialLength > 0)
            EndLine();
    }

    private void EndLine()
    {
        ReadOnlySpan<byte> bytes = _partial.AsSpan(0, _partialLength);
        if (bytes.EndsWith("\r"u8))
            bytes = bytes[..^1];
        var line = new ConsoleLine(clock.GetUtcNow(), Printable(Encoding.UTF8.GetString(bytes)));
        _partialLength = 0;
        lock (_delivery)
        {
            lock (_lock)
            {
                if (_lines.Count == MaxLines)
                    _lines.Dequeue();
                _lines.Enqueue(line);
                if (_first.Count < MaxFirstLines)
                    _first.Add(line);
            }
            _followers?.Invoke(line);
        }
    }

    private static string Printable(string text)
    {
        StringBuilder? result = null;
        for (int i = 0; i < text.Length; i++)
        {
            char character = text[i];
            bool keep = !char.IsControl(character) || character == '\t';
            if (!keep)
                result ??= new StringBuilder(text, 0, i, text.Length + 16);
            if (result is not null)
                _ = keep ? result.Append(character) : result.Append($"\\x{(int)character:x2}");
        }
        return result?.ToString() ?? text;
    }
}
