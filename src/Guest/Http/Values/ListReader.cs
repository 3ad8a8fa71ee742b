// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>Goes through the elements of a comma-separated list of tokens (RFC 9110, 5.6.1). Empty elements are skipped, as the RFC has it.</summary>
public ref struct ListReader(ReadOnlySpan<byte> value)
{
    private ReadOnlySpan<byte> _rest = value;

    /// <summary>The next element without blanks around it; false at the end.</summary>
    public bool TryNext(out ReadOnlySpan<byte> element)
    {
        while (_rest.Length > 0)
        {
            int comma = _rest.IndexOf((byte)',');
            element = Ascii.Trim(comma < 0 ? _rest : _rest[..comma]);
            _rest = comma < 0 ? default : _rest[(comma + 1)..];
            if (element.Length > 0) return true;
        }

        element = default;
        return false;
    }
}
