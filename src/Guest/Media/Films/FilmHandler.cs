// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;
using Uaas.Http;
using Uaas.Http.Static;
using Uaas.Media.Live;

namespace Uaas.Media.Films;

/// <summary>
/// Films on demand: GET /vod/PATH.flv gives the file as it lies in the content, whole or in ranges; with ?start= its head and then the rest from a key frame
/// on. Any page may fetch them (CORS).
/// </summary>
public sealed class FilmHandler : HttpHandler
{
    private const int MaxPath = 1024;

    private readonly ContentImage _content;
    private readonly FileResponder _responder;
    private readonly FilmBodyPool _bodies = new();
    private readonly byte[] _indexPath = new byte[MaxPath + 16];

    /// <summary>Films of a content image.</summary>
    public FilmHandler(ContentImage content, SiteRules rules, HttpClock clock)
    {
        _content = content;
        _responder = new FileResponder(rules, clock, isOpen: true);
    }

    /// <summary>What the paths of films begin with.</summary>
    public static ReadOnlySpan<byte> Prefix => "/vod/"u8;

    private static ReadOnlySpan<byte> Suffix => ".flv"u8;

    private static ReadOnlySpan<byte> IndexSuffix => ".uaas-index"u8;

    private static ReadOnlySpan<byte> OpenLine => "Access-Control-Allow-Origin: *\r\n"u8;

    /// <inheritdoc/>
    public override bool TakesContent => false;

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        if (request.Method == HttpMethod.Options)
        {
            response.Start(HttpStatus.NoContent);
            response.AddLines("Allow: GET, HEAD, OPTIONS\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\r\nAccess-Control-Allow-Headers: Range\r\nAccess-Control-Max-Age: 86400\r\n"u8);
            response.SendEmpty();
        }
        else if (request.Method is not (HttpMethod.Get or HttpMethod.Head))
        {
            response.RefuseMethod(in request, "GET, HEAD, OPTIONS"u8);
        }
        else if (request.ReadPath(out RequestPath path) != RequestPathResult.Ok)
        {
            response.SendStatus(HttpStatus.BadRequest);
        }
        else
        {
            Serve(in request, response, path.Bytes);
        }
    }

    private void Serve(in HttpRequest request, HttpResponse response, ReadOnlySpan<byte> path)
    {
        bool isFilm = path.StartsWith(Prefix) && path.EndsWith(Suffix) && path.Length - Prefix.Length <= MaxPath;
        ReadOnlySpan<byte> name = isFilm ? path[Prefix.Length..] : default;
        ContentResult result = ContentResult.NotFound;
        ContentEntry entry = default;
        if (isFilm) result = _content.Find(name, out entry);
        if (result != ContentResult.Ok || entry.Kind != ContentEntryKind.File)
        {
            Answer(response, result is ContentResult.Ok or ContentResult.NotFound ? HttpStatus.NotFound : HttpStatus.InternalServerError);
            return;
        }

        ReadOnlySpan<byte> start = QueryText.Find(request.Query, "start"u8);
        if (start.IsEmpty) _responder.Send(in request, response, in entry, varies: false);
        else if (FilmStart.TryParse(start, out FilmStart from)) ServeFrom(response, name, entry.GetRepresentation(0).File, from);
        else Answer(response, HttpStatus.BadRequest);
    }

    private void ServeFrom(HttpResponse response, ReadOnlySpan<byte> name, ContentFile film, FilmStart start)
    {
        name.CopyTo(_indexPath);
        IndexSuffix.CopyTo(_indexPath.AsSpan(name.Length));
        ContentResult result = _content.Find(_indexPath.AsSpan(0, name.Length + IndexSuffix.Length), out ContentEntry entry);
        if (result != ContentResult.Ok || entry.Kind != ContentEntryKind.File || !FilmIndex.TryOpen(entry.GetRepresentation(0).File, film.Length, out FilmIndex index))
        {
            // It was no FLV when it was packed, or another file has the index's name.
            Answer(response, HttpStatus.NotFound);
            return;
        }

        result = index.Find(start, out long position);
        if (result != ContentResult.Ok)
        {
            Answer(response, result == ContentResult.OutOfRange ? HttpStatus.RangeNotSatisfiable : HttpStatus.InternalServerError);
            return;
        }

        response.Start(HttpStatus.Ok);
        response.AddLines("Content-Type: video/x-flv\r\nAccept-Ranges: none\r\n"u8);
        response.AddLines(OpenLine);
        response.Send(_bodies.Take(film, index.HeadLength, position));
    }

    private static void Answer(HttpResponse response, HttpStatus status)
    {
        response.Start(status);
        response.AddLines(OpenLine);
        response.SendPhrase();
    }
}
