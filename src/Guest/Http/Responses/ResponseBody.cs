// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>
/// Where the content of a response comes from. Nothing is kept by the connection: bytes are read straight into the outgoing frame, and read again
/// when a segment was lost, until the peer has acknowledged them.
/// </summary>
public abstract class ResponseBody
{
    /// <summary>The <see cref="Length"/> of content whose end is not known beforehand.</summary>
    public const long UnknownLength = -1;

    /// <summary>Bytes of content, or <see cref="UnknownLength"/>.</summary>
    public abstract long Length { get; }

    /// <summary>
    /// Writes the content's bytes from <paramref name="offset"/> on to <paramref name="destination"/>, which does not reach past the end (or past what
    /// <see cref="HttpResponse.Produced"/> told). Returns how many bytes were written. Fewer than asked, even 0, when the rest is not at hand yet: call
    /// <see cref="HttpResponse.ResumeSend"/> when it is. -1 when they cannot be had at all: the connection is aborted. The same bytes must be given each time.
    /// </summary>
    public abstract int Read(long offset, Span<byte> destination);

    /// <summary>The content below <paramref name="offset"/> has reached the client and will not be read again. The offset never falls, but may be told twice.</summary>
    public virtual void Acknowledged(long offset)
    {
    }

    /// <summary>The response no longer needs the content: all was acknowledged, or the connection is gone. The last call for this response.</summary>
    public abstract void Release();
}
