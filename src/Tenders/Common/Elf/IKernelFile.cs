// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>Where a kernel's bytes come from. A struct type parameter, so that the checker is the same code over a descriptor and over an array.</summary>
public interface IKernelFile
{
    /// <summary>Bytes of the file.</summary>
    ulong Length { get; }

    /// <summary>Fills <paramref name="destination"/> from byte <paramref name="offset"/>; false where the file ends before, or cannot be read.</summary>
    bool TryRead(ulong offset, Span<byte> destination);
}
