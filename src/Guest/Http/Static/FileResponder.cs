// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>Answers a request with a file: the right representation of it, whole or in part, or the word that the client has it already.</summary>
internal sealed class FileResponder(SiteRules rules, HttpClock clock)
{
    private readonly FileBodyPool _bodies = new();
    private readonly MultipartBodyPool _multiparts = new();
    private readonly ByteRange[] _ranges = new ByteRange[MultipartBody.MaxRanges];

    /// <summary>Answers with <paramref name="entry"/>, a file. <paramref name="varies"/>: whether it was chosen by Accept.</summary>
    public void Send(in HttpRequest request, HttpResponse response, in ContentEntry entry, bool varies)
    {
        ContentRepresentation representation = entry.GetRepresentation(Negotiation.ChooseRepresentation(request, entry));
        Span<byte> tag = stackalloc byte[EntityTag.Length];
        EntityTag.Write(representation, tag);
        SitePolicy policy = rules.Policy(entry.Policy);
        long now = clock.UnixSeconds;
        switch (Preconditions.Evaluate(request, tag, entry.LastModified, now))
        {
            case PreconditionResult.NotModified:
                response.Start(HttpStatus.NotModified);
                AddValidity(request, response, entry, tag, policy, varies);
                response.SendEmpty();
                return;
            case PreconditionResult.Failed:
                response.SendStatus(HttpStatus.PreconditionFailed);
                return;
            default:
                break;
        }

        long length = representation.File.Length;
        int count = 0;
        ByteRangeResult ranges = ByteRangeResult.Ignored;
        if (request.Method == HttpMethod.Get && request.TryGetSingle(HeaderName.Range, out ReadOnlySpan<byte> value)
            && Preconditions.RangeHolds(request, tag, entry.LastModified, now))
        {
            ranges = ByteRanges.Read(value, length, _ranges, out count);
        }

        if (ranges == ByteRangeResult.Unsatisfiable)
        {
            RefuseRange(response, length);
            return;
        }

        bool isMultipart = ranges == ByteRangeResult.Satisfiable && count > 1;
        response.Start(ranges == ByteRangeResult.Ignored ? HttpStatus.Ok : HttpStatus.PartialContent);
        if (!isMultipart)
        {
            response.AddHeader("Content-Type"u8, entry.MediaType);
        }

        AddCoding(response, representation.Coding);
        AddLastModified(response, entry.LastModified);
        AddValidity(request, response, entry, tag, policy, varies);
        response.AddLines("Accept-Ranges: bytes\r\n"u8);
        if (isMultipart)
        {
            SendMultipart(response, entry, representation.File, _ranges.AsSpan(0, count), tag);
        }
        else if (ranges == ByteRangeResult.Satisfiable)
        {
            SendRange(response, representation.File, _ranges[0]);
        }
        else
        {
            response.Send(_bodies.Take(representation.File));
        }
    }

    /// <summary>Sends a file as the content of an error response whose head is begun. It has no validators: it is not what was asked for.</summary>
    public void SendErrorPage(HttpResponse response, in ContentEntry page)
    {
        response.AddHeader("Content-Type"u8, page.MediaType);
        response.Send(_bodies.Take(page.GetRepresentation(0).File));
    }

    /// <summary>Adds the fields that the rules ask for.</summary>
    public void AddPolicy(in HttpRequest request, HttpResponse response, in SitePolicy policy)
    {
        response.AddLines(rules.Text(policy.Headers));
        AddCors(request, response, policy);
        if (policy.ExpiresAfter >= 0)
        {
            AddDate(response, "Expires"u8, clock.UnixSeconds + policy.ExpiresAfter);
        }
    }

    /// <summary>
    /// Names the origin that may read the response, where that is not fixed (then it is among the policy's own fields). Whether any origin that asks may.
    /// </summary>
    public bool AddCors(in HttpRequest request, HttpResponse response, in SitePolicy policy)
    {
        if (policy.Cors != CorsMode.Listed)
        {
            return policy.Cors == CorsMode.Any;
        }

        if (!request.TryGetSingle(HeaderName.Origin, out ReadOnlySpan<byte> origin) || !rules.Allows(policy, origin))
        {
            return false;
        }

        response.AddHeader("Access-Control-Allow-Origin"u8, origin);
        if (policy.AllowsCredentials)
        {
            response.AddLines("Access-Control-Allow-Credentials: true\r\n"u8);
        }

        return true;
    }

    /// <summary>Adds what a cache needs to know, with 304 too (RFC 9110, 15.4.5).</summary>
    private void AddValidity(in HttpRequest request, HttpResponse response, in ContentEntry entry, ReadOnlySpan<byte> tag, in SitePolicy policy, bool varies)
    {
        response.AddHeader("ETag"u8, tag);
        if (entry.RepresentationCount > 1)
        {
            response.AddLines(varies ? "Vary: Accept, Accept-Encoding\r\n"u8 : "Vary: Accept-Encoding\r\n"u8);
        }
        else if (varies)
        {
            response.AddLines("Vary: Accept\r\n"u8);
        }

        AddPolicy(request, response, policy);
    }

    private void SendRange(HttpResponse response, ContentFile file, ByteRange range)
    {
        Span<byte> room = stackalloc byte[80];
        TextWriter writer = new(room);
        writer.WriteRange(range, file.Length);
        response.AddHeader("Content-Range"u8, writer.Written);
        response.Send(_bodies.Take(file), range.Start, range.Length);
    }

    private void SendMultipart(HttpResponse response, in ContentEntry entry, ContentFile file, ReadOnlySpan<ByteRange> ranges, ReadOnlySpan<byte> tag)
    {
        MultipartBody body = _multiparts.Take();
        body.Set(file, ranges, entry.MediaType, tag);
        Span<byte> room = stackalloc byte[64];
        TextWriter writer = new(room);
        writer.Write("multipart/byteranges; boundary="u8);
        writer.Write(body.Boundary);
        response.AddHeader("Content-Type"u8, writer.Written);
        response.Send(body);
    }

    private static void RefuseRange(HttpResponse response, long length)
    {
        Span<byte> room = stackalloc byte[32];
        TextWriter writer = new(room);
        writer.Write("bytes */"u8);
        writer.Write(length);
        response.Start(HttpStatus.RangeNotSatisfiable);
        response.AddHeader("Content-Range"u8, writer.Written);
        response.SendPhrase();
    }

    private static void AddCoding(HttpResponse response, ContentCoding coding)
    {
        switch (coding)
        {
            case ContentCoding.Gzip:
                response.AddLines("Content-Encoding: gzip\r\n"u8);
                break;
            case ContentCoding.Brotli:
                response.AddLines("Content-Encoding: br\r\n"u8);
                break;
            case ContentCoding.Zstandard:
                response.AddLines("Content-Encoding: zstd\r\n"u8);
                break;
            default:
                break;
        }
    }

    private static void AddLastModified(HttpResponse response, long seconds) => AddDate(response, "Last-Modified"u8, seconds);

    private static void AddDate(HttpResponse response, ReadOnlySpan<byte> name, long seconds)
    {
        Span<byte> date = stackalloc byte[HttpDate.Length];
        HttpDate.Write(seconds, date);
        response.AddHeader(name, date);
    }
}
