// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http.Static;

/// <summary>What the conditions of a request come to.</summary>
internal enum PreconditionResult
{
    /// <summary>Go on.</summary>
    Proceed,

    /// <summary>The client has it already: 304.</summary>
    NotModified,

    /// <summary>It is not what the client wants it to be: 412.</summary>
    Failed,
}

/// <summary>Conditional requests (RFC 9110, section 13), for GET and HEAD.</summary>
internal static class Preconditions
{
    /// <summary>Evaluates the conditions in the order of RFC 9110, 13.2.2.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tag">The selected representation's entity tag.</param>
    /// <param name="lastModified">When it was last modified, in seconds since 1970.</param>
    /// <param name="now">The time, likewise.</param>
    public static PreconditionResult Evaluate(in HttpRequest request, ReadOnlySpan<byte> tag, long lastModified, long now)
    {
        if (request.Has(HeaderName.IfMatch))
        {
            if (!AnyNames(request, HeaderName.IfMatch, tag, strong: true))
            {
                return PreconditionResult.Failed;
            }
        }
        else if (TryDate(request, HeaderName.IfUnmodifiedSince, now, out long unmodifiedSince) && lastModified > unmodifiedSince)
        {
            return PreconditionResult.Failed;
        }

        if (request.Has(HeaderName.IfNoneMatch))
        {
            return AnyNames(request, HeaderName.IfNoneMatch, tag, strong: false) ? PreconditionResult.NotModified : PreconditionResult.Proceed;
        }

        return TryDate(request, HeaderName.IfModifiedSince, now, out long modifiedSince) && lastModified <= modifiedSince
            ? PreconditionResult.NotModified
            : PreconditionResult.Proceed;
    }

    /// <summary>Whether the Range field holds: there is no If-Range, or its validator is exactly the representation's (RFC 9110, 13.1.5).</summary>
    public static bool RangeHolds(in HttpRequest request, ReadOnlySpan<byte> tag, long lastModified, long now)
    {
        if (!request.Has(HeaderName.IfRange))
        {
            return true;
        }

        if (!request.TryGetSingle(HeaderName.IfRange, out ReadOnlySpan<byte> value))
        {
            return false;
        }

        return EntityTags.IsTag(value) ? EntityTags.StrongEquals(value, tag) : HttpDate.TryRead(value, now, out long date) && date == lastModified;
    }

    private static bool AnyNames(in HttpRequest request, HeaderName name, ReadOnlySpan<byte> tag, bool strong)
    {
        int cursor = 0;
        while (request.NextHeader(name, ref cursor, out ReadOnlySpan<byte> value))
        {
            if (strong ? EntityTags.StrongContains(value, tag) : EntityTags.WeakContains(value, tag))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryDate(in HttpRequest request, HeaderName name, long now, out long seconds)
    {
        seconds = 0;
        return request.TryGetSingle(name, out ReadOnlySpan<byte> value) && HttpDate.TryRead(value, now, out seconds);
    }
}
