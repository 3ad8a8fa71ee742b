// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Http.Static;
using Uaas.Media.Films;
using Uaas.Media.Live;

namespace Uaas.Media.Recording;

/// <summary>
/// Recordings over HTTP. GET /recordings/ lists them as JSON; GET /recordings/NAME.flv gives one as a file, whole, in ranges, or with ?start= from a key frame on, DELETE removes it.
/// POST /record/STREAM has a stream recorded, DELETE no further. Changes need the stream's key, where keys are set; on the management port nothing.
/// </summary>
/// <param name="recorder">The recorder.</param>
/// <param name="streams">The streams.</param>
/// <param name="clock">The time.</param>
/// <param name="isTrusted">Whether everybody who can ask may change things.</param>
public sealed class RecordingHandler(Recorder recorder, StreamTable streams, HttpClock clock, bool isTrusted) : HttpHandler
{
    private const int ListRoom = 32 << 10;
    private const int MaxListed = 100;
    private const int Lists = 4;
    private const int TagLength = 18;

    private readonly RecordingBodyPool _bodies = new();
    private readonly TextBody[] _lists = CreateLists();
    private readonly ByteRange[] _ranges = new ByteRange[1];

    private static ReadOnlySpan<byte> FilesPrefix => "/recordings/"u8;

    private static ReadOnlySpan<byte> ControlPrefix => "/record/"u8;

    private static ReadOnlySpan<byte> OpenLines => "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Content-Length, Content-Range\r\n"u8;

    private static ReadOnlySpan<byte> PreflightLines =>
        "Allow: GET, HEAD, POST, DELETE, OPTIONS\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, HEAD, POST, DELETE, OPTIONS\r\nAccess-Control-Allow-Headers: Range\r\nAccess-Control-Max-Age: 86400\r\n"u8;

    /// <inheritdoc/>
    public override bool TakesContent => false;

    /// <summary>Bytes that a connection's response takes at most, once it has played a recording.</summary>
    public const int MemoryPerConnection = 192;

    /// <summary>Whether a path is one of recordings.</summary>
    public static bool Owns(ReadOnlySpan<byte> path) => path.StartsWith(FilesPrefix) || path.StartsWith(ControlPrefix);

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        ReadOnlySpan<byte> path = request.RawPath;
        if (request.Method == HttpMethod.Options)
        {
            response.Start(HttpStatus.NoContent);
            response.AddLines(PreflightLines);
            response.SendEmpty();
        }
        else if (path.StartsWith(ControlPrefix)) Control(in request, response, path[ControlPrefix.Length..]);
        else if (path.SequenceEqual(FilesPrefix)) List(in request, response);
        else if (request.Method == HttpMethod.Delete) Remove(in request, response, path[FilesPrefix.Length..]);
        else if (request.Method is HttpMethod.Get or HttpMethod.Head) Play(in request, response, path[FilesPrefix.Length..]);
        else response.RefuseMethod(in request, "GET, HEAD, DELETE, OPTIONS"u8);
    }

    private void Control(in HttpRequest request, HttpResponse response, ReadOnlySpan<byte> stream)
    {
        if (request.Method is not (HttpMethod.Post or HttpMethod.Delete))
            response.RefuseMethod(in request, "POST, DELETE, OPTIONS"u8);
        else if (!StreamTable.IsName(stream))
            Answer(response, HttpStatus.NotFound, "no_such_stream"u8);
        else if (!MayChange(in request, stream))
            Answer(response, HttpStatus.Forbidden, "key_needed"u8);
        else
            Answer(response, request.Method == HttpMethod.Post ? recorder.Start(stream) : recorder.Stop(stream), HttpStatus.Accepted);
    }

    private void Remove(in HttpRequest request, HttpResponse response, ReadOnlySpan<byte> name)
    {
        if (!RecordingName.TryRead(name, out ReadOnlySpan<byte> stream, out long start))
            Answer(response, HttpStatus.NotFound, "no_such_recording"u8);
        else if (!MayChange(in request, stream))
            Answer(response, HttpStatus.Forbidden, "key_needed"u8);
        else
            Answer(response, recorder.Remove(stream, start), HttpStatus.NoContent);
    }

    /// <summary>Who may publish a stream may also have it recorded. Where everybody may publish, not everybody may remove what others have recorded, unless that was said.</summary>
    private bool MayChange(in HttpRequest request, ReadOnlySpan<byte> stream) =>
        isTrusted || (streams.Keys.AreAsked ? streams.Keys.Allow(stream, QueryText.Find(request.Query, "key"u8)) : recorder.IsOpen);

    private void Play(in HttpRequest request, HttpResponse response, ReadOnlySpan<byte> name)
    {
        RecordingVolume volume = recorder.Volume;
        int slot = RecordingName.TryRead(name, out ReadOnlySpan<byte> stream, out long began) ? volume.Find(stream, began) : -1;
        if (slot < 0 || !volume[slot].IsPlayable)
        {
            if (slot < 0) Answer(response, HttpStatus.NotFound, "no_such_recording"u8);
            else Answer(response, HttpStatus.Conflict, "not_complete"u8);
            return;
        }

        ReadOnlySpan<byte> from = QueryText.Find(request.Query, "start"u8);
        if (from.IsEmpty) SendFile(in request, response, slot);
        else if (FilmStart.TryParse(from, out FilmStart start)) SendFrom(response, slot, start);
        else Answer(response, HttpStatus.BadRequest, "bad_start"u8);
    }

    private void SendFrom(HttpResponse response, int slot, FilmStart start)
    {
        RecordingVolume volume = recorder.Volume;
        ref readonly RecordingEntry entry = ref volume[slot];
        if (start.Value > (start.IsTime ? entry.Duration : entry.FileLength - 1))
        {
            Answer(response, HttpStatus.RangeNotSatisfiable, "behind_the_end"u8);
            return;
        }

        if (!volume.TryFindKey(slot, start.Value, start.IsTime, out long position))
        {
            Answer(response, HttpStatus.InternalServerError, "device_error"u8);
            return;
        }

        response.Start(HttpStatus.Ok);
        response.AddLines("Content-Type: video/x-flv\r\nAccept-Ranges: none\r\n"u8);
        response.AddLines(OpenLines);
        response.Send(_bodies.Take(volume, slot, position));
    }

    /// <summary>The whole file, or one range of it: a recording never changes once it is complete.</summary>
    private void SendFile(in HttpRequest request, HttpResponse response, int slot)
    {
        RecordingVolume volume = recorder.Volume;
        ref readonly RecordingEntry entry = ref volume[slot];
        Span<byte> tag = stackalloc byte[TagLength];
        WriteTag(entry.Key, tag);
        long modified = Math.Min(entry.Start + entry.Duration / 1000, clock.UnixSeconds);
        PreconditionResult condition = Preconditions.Evaluate(in request, tag, modified, clock.UnixSeconds);
        if (condition != PreconditionResult.Proceed)
        {
            response.Start(condition == PreconditionResult.NotModified ? HttpStatus.NotModified : HttpStatus.PreconditionFailed);
            response.AddHeader("ETag"u8, tag);
            response.AddLines(OpenLines);
            if (condition == PreconditionResult.NotModified) response.SendEmpty();
            else response.SendPhrase();
            return;
        }

        int count = 0;
        ByteRangeResult ranges = ByteRangeResult.Ignored;
        if (request.Method == HttpMethod.Get && request.TryGetSingle(HeaderName.Range, out ReadOnlySpan<byte> range) && Preconditions.RangeHolds(in request, tag, modified, clock.UnixSeconds))
            ranges = ByteRanges.Read(range, entry.FileLength, _ranges, out count);
        if (ranges == ByteRangeResult.Unsatisfiable) RefuseRange(response, entry.FileLength);
        else SendRange(response, slot, tag, modified, ranges == ByteRangeResult.Satisfiable ? _ranges[0] : default);
    }

    private void SendRange(HttpResponse response, int slot, ReadOnlySpan<byte> tag, long modified, ByteRange range)
    {
        RecordingVolume volume = recorder.Volume;
        long length = volume[slot].FileLength;
        Span<byte> date = stackalloc byte[HttpDate.Length];
        HttpDate.Write(modified, date);
        response.Start(range.Length == 0 ? HttpStatus.Ok : HttpStatus.PartialContent);
        response.AddLines("Content-Type: video/x-flv\r\nAccept-Ranges: bytes\r\n"u8);
        response.AddHeader("Last-Modified"u8, date);
        response.AddHeader("ETag"u8, tag);
        response.AddLines(OpenLines);
        RecordingBody body = _bodies.Take(volume, slot, volume[slot].Prologue);
        if (range.Length == 0)
        {
            response.Send(body);
            return;
        }

        Span<byte> room = stackalloc byte[80];
        TextWriter writer = new(room);
        writer.WriteRange(range, length);
        response.AddHeader("Content-Range"u8, writer.Written);
        response.Send(body, range.Start, range.Length);
    }

    private static void RefuseRange(HttpResponse response, long length)
    {
        Span<byte> room = stackalloc byte[32];
        TextWriter writer = new(room);
        writer.Write("bytes */"u8);
        writer.Write(length);
        response.Start(HttpStatus.RangeNotSatisfiable);
        response.AddHeader("Content-Range"u8, writer.Written);
        response.AddLines(OpenLines);
        response.SendPhrase();
    }

    /// <summary>All recordings, the oldest first, a hundred at a time: ?after= the number of the last one for the next hundred.</summary>
    private void List(in HttpRequest request, HttpResponse response)
    {
        if (request.Method is not (HttpMethod.Get or HttpMethod.Head))
        {
            response.RefuseMethod(in request, "GET, HEAD, OPTIONS"u8);
            return;
        }

        ReadOnlySpan<byte> text = QueryText.Find(request.Query, "after"u8);
        ulong after = 0;
        bool isGood = text.IsEmpty || ArgumentValue.TryParseNumber(text, long.MaxValue, out after);
        TextBody? body = isGood ? TakeList() : null;
        if (body == null)
        {
            Answer(response, isGood ? HttpStatus.ServiceUnavailable : HttpStatus.BadRequest, isGood ? "busy"u8 : "bad_after"u8);
            return;
        }

        body.Take(RecordingList.Write(body.Room, recorder, text.IsEmpty ? -1 : (long)after, MaxListed));
        response.Start(HttpStatus.Ok);
        response.AddLines("Content-Type: application/json\r\nCache-Control: no-store\r\n"u8);
        response.AddLines(OpenLines);
        response.Send(body);
    }

    private static TextBody[] CreateLists()
    {
        TextBody[] lists = new TextBody[Lists];
        for (int i = 0; i < Lists; i++) lists[i] = new TextBody(ListRoom);
        return lists;
    }

    private TextBody? TakeList()
    {
        for (int i = 0; i < Lists; i++)
        {
            if (!_lists[i].IsTaken) return _lists[i];
        }

        return null;
    }

    /// <summary>The strong validator of a recording: its key, which no other has.</summary>
    private static void WriteTag(ulong key, Span<byte> tag)
    {
        tag[0] = tag[TagLength - 1] = (byte)'"';
        for (int i = TagLength - 2; i > 0; i--, key >>= 4) tag[i] = "0123456789abcdef"u8[(int)(key & 15)];
    }

    private static void Answer(HttpResponse response, RecordResult result, HttpStatus success)
    {
        switch (result)
        {
            case RecordResult.Ok when success == HttpStatus.NoContent:
                response.Start(success);
                response.AddLines(OpenLines);
                response.SendEmpty();
                break;
            case RecordResult.Ok: Answer(response, success, "ok"u8); break;
            case RecordResult.NotPublished: Answer(response, HttpStatus.NotFound, "not_published"u8); break;
            case RecordResult.NotRecorded: Answer(response, HttpStatus.NotFound, "not_recorded"u8); break;
            case RecordResult.NotFound: Answer(response, HttpStatus.NotFound, "no_such_recording"u8); break;
            case RecordResult.InUse: Answer(response, HttpStatus.Conflict, "being_recorded"u8); break;
            case RecordResult.Full: Answer(response, HttpStatus.ServiceUnavailable, "full"u8); break;
            default: Answer(response, HttpStatus.InternalServerError, "device_error"u8); break;
        }
    }

    private static void Answer(HttpResponse response, HttpStatus status, ReadOnlySpan<byte> word)
    {
        LineBuilder json = new(stackalloc byte[64]);
        json.Append("{\"result\":\""u8);
        json.Append(word);
        json.Append("\"}\n"u8);
        response.Start(status);
        response.AddLines("Content-Type: application/json\r\nCache-Control: no-store\r\n"u8);
        response.AddLines(OpenLines);
        response.Send(json.Text);
    }
}
