// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>Answers a request with a file: the right representation of it, whole or in part, or the word that the client has it already.</summary>
/// <param name="rules">What the site's rules say.</param>
/// <param name="clock">The time.</param>
/// <param name="isOpen">Whether pages of any origin may read files, whatever the rules say.</param>
internal sealed class FileResponder(SiteRules rules, HttpClock clock, bool isOpen = false)
{
    private readonly FileBodyPool _bodies = new();
    private readonly MultipartBodyPool _multiparts = new();
    private readonly FieldCache _cache = new();
    private readonly AcceptedCodings _codings = new();

    /// <summary>Room for the fields of one response: what they are made of was checked when it was read from the image.</summary>
    private readonly byte[] _fields = new byte[MaxFields];

    private const int MaxFields = 512;

    private readonly ByteRange[] _ranges = new ByteRange[MultipartBody.MaxRanges];

    /// <summary>Answers with <paramref name="entry"/>, a file. <paramref name="varies"/>: whether it was chosen by Accept.</summary>
    public void Send(in HttpRequest request, HttpResponse response, in ContentEntry entry, bool varies)
    {
        bool hasChoice = entry.RepresentationCount > 1 && request.Has(HeaderName.AcceptEncoding);
        int index = hasChoice ? Negotiation.ChooseRepresentation(entry, _codings.Read(request)) : 0;
        ContentRepresentation representation = entry.GetRepresentation(index);
        if (HasConditionOrRange(request))
        {
            SendConditionally(request, response, entry, representation, varies);
            return;
        }

        response.Start(HttpStatus.Ok);
        long key = (entry.Id.Offset << 3) | ((long)index << 1) | (varies ? 1L : 0);
        ReadOnlySpan<byte> fields = _cache.Find(key);
        if (fields.IsEmpty)
        {
            Span<byte> tag = stackalloc byte[EntityTag.Length];
            EntityTag.Write(representation, tag);
            fields = WriteFields(entry, tag, varies, representation.Coding, isContent: true, hasType: true);
            _cache.Add(key, fields);
        }

        response.AddLines(fields);
        AddPolicy(request, response, rules.Policy(entry.Policy));
        response.Send(_bodies.Take(representation.File));
    }

    private static bool HasConditionOrRange(in HttpRequest request) =>
        request.Has(HeaderName.IfNoneMatch) || request.Has(HeaderName.IfModifiedSince) || request.Has(HeaderName.Range)
        || request.Has(HeaderName.IfMatch) || request.Has(HeaderName.IfUnmodifiedSince);

    private void SendConditionally(
        in HttpRequest request, HttpResponse response, in ContentEntry entry, in ContentRepresentation representation, bool varies)
    {
        Span<byte> tag = stackalloc byte[EntityTag.Length];
        EntityTag.Write(representation, tag);
        long now = clock.UnixSeconds;
        switch (Preconditions.Evaluate(request, tag, entry.LastModified, now))
        {
            case PreconditionResult.NotModified:
                response.Start(HttpStatus.NotModified);
                response.AddLines(WriteFields(entry, tag, varies, ContentCoding.Identity, isContent: false, hasType: false));
                AddPolicy(request, response, rules.Policy(entry.Policy));
                response.SendEmpty();
                break;
            case PreconditionResult.Failed:
                response.SendStatus(HttpStatus.PreconditionFailed);
                break;
            default:
                SendRanges(request, response, entry, representation, tag, varies);
                break;
        }
    }

    /// <summary>Sends what the Range field asks for, or all where there is none or it does not hold.</summary>
    private void SendRanges(
        in HttpRequest request, HttpResponse response, in ContentEntry entry, in ContentRepresentation representation, ReadOnlySpan<byte> tag, bool varies)
    {
        ContentFile file = representation.File;
        int count = 0;
        ByteRangeResult ranges = ByteRangeResult.Ignored;
        if (request.Method == HttpMethod.Get && request.TryGetSingle(HeaderName.Range, out ReadOnlySpan<byte> value)
            && Preconditions.RangeHolds(request, tag, entry.LastModified, clock.UnixSeconds))
        {
            ranges = ByteRanges.Read(value, file.Length, _ranges, out count);
        }

        if (ranges == ByteRangeResult.Unsatisfiable)
        {
            RefuseRange(response, file.Length);
            return;
        }

        if (ranges == ByteRangeResult.Ignored)
        {
            count = 0;
        }

        // A server may always send the whole instead (RFC 9110, 14.2).
        MultipartBody? parts = count > 1 ? _multiparts.TryTake() : null;
        if (count > 1 && parts == null) count = 0;
        response.Start(count == 0 ? HttpStatus.Ok : HttpStatus.PartialContent);
        response.AddLines(WriteFields(entry, tag, varies, representation.Coding, isContent: true, hasType: count <= 1));
        AddPolicy(request, response, rules.Policy(entry.Policy));
        switch (count)
        {
            case 0:
                response.Send(_bodies.Take(file));
                break;
            case 1:
                SendRange(response, file, _ranges[0]);
                break;
            default:
                parts!.Set(file, _ranges.AsSpan(0, count), entry.MediaType, tag);
                SendMultipart(response, parts);
                break;
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
        if (isOpen) response.AddLines("Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Content-Length, Content-Range\r\n"u8);
        else AddCors(request, response, policy);
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

    /// <summary>Writes what a cache needs to know, with 304 too (RFC 9110, 15.4.5); and where there is content, what it is.</summary>
    private ReadOnlySpan<byte> WriteFields(
        scoped in ContentEntry entry, scoped ReadOnlySpan<byte> tag, bool varies, ContentCoding coding, bool isContent, bool hasType)
    {
        TextWriter writer = new(_fields);
        if (hasType)
        {
            writer.Write("Content-Type: "u8);
            writer.Write(entry.MediaType);
            writer.Write("\r\n"u8);
        }

        if (isContent)
        {
            writer.Write(CodingLine(coding));
            writer.Write("Accept-Ranges: bytes\r\nLast-Modified: "u8);
            HttpDate.Write(entry.LastModified, writer.Take(HttpDate.Length));
            writer.Write("\r\n"u8);
        }

        writer.Write("ETag: "u8);
        writer.Write(tag);
        writer.Write("\r\n"u8);
        if (varies || entry.RepresentationCount > 1)
        {
            writer.Write(VaryLine(varies, entry.RepresentationCount > 1));
        }

        return writer.Written;
    }

    private static ReadOnlySpan<byte> VaryLine(bool byAccept, bool byCoding) =>
        !byCoding ? "Vary: Accept\r\n"u8 : byAccept ? "Vary: Accept, Accept-Encoding\r\n"u8 : "Vary: Accept-Encoding\r\n"u8;

    private static ReadOnlySpan<byte> CodingLine(ContentCoding coding) => coding switch
    {
        ContentCoding.Gzip => "Content-Encoding: gzip\r\n"u8,
        ContentCoding.Brotli => "Content-Encoding: br\r\n"u8,
        ContentCoding.Zstandard => "Content-Encoding: zstd\r\n"u8,
        _ => default,
    };

    private void SendRange(HttpResponse response, ContentFile file, ByteRange range)
    {
        Span<byte> room = stackalloc byte[80];
        TextWriter writer = new(room);
        writer.WriteRange(range, file.Length);
        response.AddHeader("Content-Range"u8, writer.Written);
        response.Send(_bodies.Take(file), range.Start, range.Length);
    }

    private static void SendMultipart(HttpResponse response, MultipartBody body)
    {
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

    private static void AddDate(HttpResponse response, ReadOnlySpan<byte> name, long seconds)
    {
        Span<byte> date = stackalloc byte[HttpDate.Length];
        HttpDate.Write(seconds, date);
        response.AddHeader(name, date);
    }
}
