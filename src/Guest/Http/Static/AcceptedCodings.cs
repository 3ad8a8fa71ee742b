// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http.Static;

/// <summary>Reads Accept-Encoding, remembering what it said last: browsers all say the same, and to compare costs a tenth of reading.</summary>
internal sealed class AcceptedCodings
{
    private const int MaxLength = 128;

    private readonly byte[] _text = new byte[MaxLength];
    private int _length = -1;
    private AcceptEncoding _accepted;

    /// <summary>What the request accepts.</summary>
    public AcceptEncoding Read(in HttpRequest request)
    {
        if (!request.TryGetSingle(HeaderName.AcceptEncoding, out ReadOnlySpan<byte> value) || value.Length > MaxLength)
        {
            return AcceptEncoding.Read(request);
        }

        if (value.Length != _length || !value.SequenceEqual(_text.AsSpan(0, _length)))
        {
            value.CopyTo(_text);
            _length = value.Length;
            _accepted = AcceptEncoding.Read(value);
        }

        return _accepted;
    }
}
