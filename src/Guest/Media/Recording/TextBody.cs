// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Media.Recording;

/// <summary>A text that was made for one response, kept as it was until the client has it.</summary>
internal sealed class TextBody : ResponseBody
{
    private readonly byte[] _text;
    private int _length;

    internal TextBody(int room) => _text = new byte[room];

    /// <summary>Whether a response has it.</summary>
    internal bool IsTaken { get; private set; }

    /// <summary>Room for a text.</summary>
    internal Span<byte> Room => _text;

    public override long Length => _length;

    /// <summary>Lends it to a response, with a text of so many bytes in it.</summary>
    internal void Take(int length)
    {
        _length = length;
        IsTaken = true;
    }

    public override int Read(long offset, Span<byte> destination)
    {
        _text.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return destination.Length;
    }

    public override void Release() => IsTaken = false;
}
