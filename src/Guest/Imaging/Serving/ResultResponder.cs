// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Imaging.Serving;

/// <summary>Sends results, whole or in part, or the word that the client has one already.</summary>
internal sealed class ResultResponder(ResultStore store, int maxAge)
{
    private readonly ResultBodyPool _bodies = new(store);
    private readonly ByteRange[] _ranges = new ByteRange[1];

    /// <summary>Answers 304 where the client has the result. What it would be is known before it is made.</summary>
    internal static bool TrySendNotModified(in HttpRequest request, HttpResponse response, ReadOnlySpan<byte> tag, int maxAge)
    {
        int cursor = 0;
        bool isThere = false;
        while (request.NextHeader(HeaderName.IfNoneMatch, ref cursor, out ReadOnlySpan<byte> value)) isThere |= EntityTags.WeakContains(value, tag);
        if (isThere) SendNotModified(response, tag, maxAge);
        return isThere;
    }

    /// <summary>Answers 304.</summary>
    internal static void SendNotModified(HttpResponse response, ReadOnlySpan<byte> tag, int maxAge)
    {
        response.Start(HttpStatus.NotModified);
        AddFields(response, tag, maxAge);
        response.SendEmpty();
    }

    /// <summary>The Range field of a request, if it holds (RFC 9110, 13.1.5); empty otherwise.</summary>
    internal static ReadOnlySpan<byte> RangeOf(in HttpRequest request, ReadOnlySpan<byte> tag)
    {
        if (!request.TryGetSingle(HeaderName.Range, out ReadOnlySpan<byte> range)) return default;
        if (!request.Has(HeaderName.IfRange)) return range;
        return request.TryGetSingle(HeaderName.IfRange, out ReadOnlySpan<byte> validator) && EntityTags.StrongEquals(validator, tag) ? range : default;
    }

    /// <summary>Answers with a result.</summary>
    internal void Send(int index, HttpResponse response, ReadOnlySpan<byte> range)
    {
        if (store[index].Outcome != ImageOutcome.Done)
        {
            Refuse(response, store[index].Outcome);
            return;
        }

        Span<byte> tag = stackalloc byte[ImageKey.TagLength];
        ImageKey.WriteTag(store.KeyOf(index), tag);
        long length = store[index].Length;
        ByteRangeResult ranged = range.Length == 0 ? ByteRangeResult.Ignored : ByteRanges.Read(range, length, _ranges, out _);
        if (ranged == ByteRangeResult.Unsatisfiable)
        {
            response.Start(HttpStatus.RangeNotSatisfiable);
            AddContentRange(response, default, length);
            response.SendPhrase();
            return;
        }

        bool isPart = ranged == ByteRangeResult.Satisfiable;
        response.Start(isPart ? HttpStatus.PartialContent : HttpStatus.Ok);
        response.AddHeader("Content-Type"u8, ImageFormats.MediaType(store[index].Key.Format));
        AddFields(response, tag, maxAge);
        if (isPart) AddContentRange(response, _ranges[0], length);
        ResultBody body = _bodies.Take(index);
        if (isPart) response.Send(body, _ranges[0].Start, _ranges[0].Length);
        else response.Send(body);
    }

    private static void AddFields(HttpResponse response, ReadOnlySpan<byte> tag, int maxAge)
    {
        response.AddHeader("ETag"u8, tag);
        Boot.LineBuilder age = new(stackalloc byte[64]);
        age.Append("public, max-age="u8);
        age.Append(maxAge);
        response.AddHeader("Cache-Control"u8, age.Text);
        response.AddLines("Accept-Ranges: bytes\r\nVary: Accept\r\nX-Content-Type-Options: nosniff\r\n"u8);
    }

    private static void AddContentRange(HttpResponse response, ByteRange range, long length)
    {
        Boot.LineBuilder value = new(stackalloc byte[80]);
        value.Append("bytes "u8);
        if (range.Length == 0)
        {
            value.Append("*"u8);
        }
        else
        {
            value.Append(range.Start);
            value.Append("-"u8);
            value.Append(range.Last);
        }

        value.Append("/"u8);
        value.Append(length);
        response.AddHeader("Content-Range"u8, value.Text);
    }

    /// <summary>Says why there is no result.</summary>
    internal static void Refuse(HttpResponse response, ImageOutcome outcome)
    {
        response.Start(outcome switch
        {
            ImageOutcome.UnknownFormat => HttpStatus.UnsupportedMediaType,
            ImageOutcome.Unreadable => HttpStatus.InternalServerError,
            ImageOutcome.NoRoom => HttpStatus.ServiceUnavailable,
            ImageOutcome.SourceMissing => HttpStatus.NotFound,
            ImageOutcome.SourceFailed => HttpStatus.BadGateway,
            ImageOutcome.SourceTimedOut => HttpStatus.GatewayTimeout,
            _ => HttpStatus.UnprocessableContent,
        });
        if (outcome == ImageOutcome.NoRoom) response.AddLines("Retry-After: 1\r\n"u8);
        response.AddLines("Content-Type: text/plain\r\nCache-Control: no-store\r\n"u8);
        response.Send(outcome switch
        {
            ImageOutcome.UnknownFormat => "the source is neither JPEG nor PNG, WebP or GIF\n"u8,
            ImageOutcome.Damaged => "the source is damaged\n"u8,
            ImageOutcome.Unreadable => "the source cannot be read\n"u8,
            ImageOutcome.SourceTooLarge => "the source has more pixels or bytes than this service takes\n"u8,
            ImageOutcome.ResultTooLarge => "the result would have more pixels than this service makes\n"u8,
            ImageOutcome.NoMemory => "the picture takes more memory than this service has\n"u8,
            ImageOutcome.SourceMissing => "the linked service has no such file\n"u8,
            ImageOutcome.SourceFailed => "the linked service cannot be reached, or does not answer with the file\n"u8,
            ImageOutcome.SourceTimedOut => "the linked service took too long\n"u8,
            _ => "there is no room for the result\n"u8,
        });
    }
}
