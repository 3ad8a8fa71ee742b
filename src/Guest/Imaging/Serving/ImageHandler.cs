// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;
using Uaas.Http;
using Uaas.Http.Static;

namespace Uaas.Imaging.Serving;

/// <summary>
/// Answers requests for pictures, made from those of the content. What is asked for at the same time is made once; what was made is kept. Everything that asks
/// for no picture to be made goes to another handler.
/// </summary>
public sealed class ImageHandler : HttpHandler
{
    private const int MaxTextLength = 200;

    private readonly ContentImage _content;
    private readonly ImageSettings _settings;
    private readonly HttpHandler _others;
    private readonly ResultStore _store;
    private readonly ImageQueue _queue;
    private readonly ResultResponder _responder;
    private readonly Waiters _waiters;
    private readonly LinkedSources? _linked;
    private readonly byte[] _scratch = new byte[ImageUrl.MaxSource];

    private ImageCounters _counters;

    /// <summary>Serves pictures.</summary>
    /// <param name="content">Where the sources are.</param>
    /// <param name="settings">How.</param>
    /// <param name="worker">Who makes them.</param>
    /// <param name="resultBytes">Memory for results.</param>
    /// <param name="connections">Connections of the server at most.</param>
    /// <param name="others">Who answers the rest.</param>
    /// <param name="linked">Sources that other services have; null for those of the content alone.</param>
    public ImageHandler(ContentImage content, ImageSettings settings, ImageWorker worker, int resultBytes, int connections, HttpHandler others, LinkedSources? linked = null)
    {
        _linked = linked;
        _content = content;
        _settings = settings;
        _others = others;
        _store = new ResultStore(resultBytes, settings.MaxResults);
        _queue = new ImageQueue(_store, worker, settings.MaxQueue);
        _responder = new ResultResponder(_store, settings.MaxAge);
        _waiters = new Waiters(_store, connections);
        linked?.Serve(this, _store, (int)Math.Min(settings.Limits.MaxSourceLength, resultBytes / 2), settings.MaxQueue, settings.SourceAge);
    }

    /// <inheritdoc/>
    public override bool TakesContent => false;

    /// <summary>Whether a picture waits to be made, or is half made.</summary>
    public bool HasWork => _queue.Count > 0 || _isWorking;

    private bool _isWorking;
    private int _finished = ResultStore.None;
    private ImageOutcome _finishedOutcome;

    /// <summary>What was counted.</summary>
    public ref ImageCounters Counters => ref _counters;

    /// <summary>Pictures that wait to be made.</summary>
    public int QueueLength => _queue.Count;

    /// <summary>Results that are kept.</summary>
    public int ResultCount => _store.Count;

    /// <summary>Bytes that they take.</summary>
    public long ResultBytes => _store.BytesUsed;

    /// <summary>Results that had to go for others.</summary>
    public long Evictions => _store.Evictions;

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        if (request.Method is not (HttpMethod.Get or HttpMethod.Head))
        {
            _others.Handle(in request, response);
            return;
        }

        ImageUrl url = ImageUrl.Read(request.RawPath, request.Query, _settings.Keys, _scratch);
        switch (url.Result)
        {
            case ImageUrlResult.Ok:
                Serve(in request, response, url);
                break;
            case ImageUrlResult.NotAnImageUrl:
                _others.Handle(in request, response);
                break;
            default:
                Refuse(response, url.Result, url.Culprit);
                break;
        }
    }

    /// <summary>Makes the next picture. Runs for as long as that takes: whoever hosts the worker may let others have a turn meanwhile.</summary>
    public void MakeNext()
    {
        if (_queue.Count == 0) return;
        _isWorking = true;
        _finished = _queue.Make(out _finishedOutcome);
        _isWorking = false;
    }

    /// <summary>Answers those who wait for a picture that was made.</summary>
    public void Deliver()
    {
        if (_finished == ResultStore.None) return;
        int index = _finished;
        _finished = ResultStore.None;
        if (_finishedOutcome == ImageOutcome.Done) _counters.Made++;
        else _counters.Failed++;
        _store.Complete(index, _finishedOutcome);
        Unpin(index);
        while (_waiters.TryTake(index, out HttpResponse? response, out ReadOnlySpan<byte> range)) _responder.Send(index, response!, range);
        if (!IsLasting(_finishedOutcome)) _store.Remove(index);
    }

    /// <inheritdoc/>
    public override void Abandoned(HttpResponse response)
    {
        int index = _waiters.Remove(response);
        if (index == ResultStore.None)
        {
            _others.Abandoned(response);
            return;
        }

        // Nobody waits any more: what was not begun need not be.
        if (_store[index].FirstWaiter != 0) return;
        if (_queue.TryRemove(index)) Unpin(index);
        else if (_linked == null || !_linked.TryCancel(index)) return;
        _store.Remove(index);
    }

    /// <summary>A source that was fetched is there, or will not be: goes on with those who wait for it.</summary>
    internal void SourceEnded(int index, ImageOutcome outcome)
    {
        if (outcome == ImageOutcome.Done) _counters.Fetched++;
        else _counters.FetchesFailed++;
        if (outcome != ImageOutcome.Done) _store.Clear(index);
        else _store[index].Key.Format = _queue.RecogniseFetched(index);
        _store.Complete(index, outcome);
        _store[index].Readers++;
        while (_waiters.TryTake(index, out HttpResponse? response, out ReadOnlySpan<byte> range))
        {
            WaitingRequest request = _waiters.RequestOf(response!, out ReadOnlySpan<byte> tags);
            ServeFetched(response!, index, request.Key, request.TakesWebP, tags, range);
        }

        _store[index].Readers--;
    }

    private void Serve(in HttpRequest request, HttpResponse response, in ImageUrl url)
    {
        _counters.Requests++;
        ImageKey key = new() { Options = url.Options, Format = url.Options.Format };
        key.Options.Format = ImageFormat.Unknown;
        if (url.LinkPort != 0)
        {
            ServeLinked(in request, response, url, key);
            return;
        }

        switch (_content.Find(url.Source, out ContentEntry entry))
        {
            case ContentResult.Ok when entry.Kind == ContentEntryKind.File:
                break;
            case ContentResult.Ok or ContentResult.NotFound:
                response.SendStatus(HttpStatus.NotFound);
                return;
            default:
                response.SendStatus(HttpStatus.InternalServerError);
                return;
        }

        ContentRepresentation source = entry.GetRepresentation(0);
        key.SourceHigh = source.TagHigh;
        key.SourceLow = source.TagLow;
        if (key.Format == ImageFormat.Unknown) key.Format = FormatNegotiation.Choose(TakesWebP(in request), FormatNegotiation.OfType(entry.MediaType));
        Span<byte> written = stackalloc byte[ImageKey.Length];
        key.Write(written);
        Span<byte> tag = stackalloc byte[ImageKey.TagLength];
        ImageKey.WriteTag(written, tag);
        if (ResultResponder.TrySendNotModified(in request, response, tag, _settings.MaxAge)) return;
        Answer(response, key, written, ResultResponder.RangeOf(in request, tag), source.File, ResultStore.None);
    }

    private void ServeLinked(in HttpRequest request, HttpResponse response, in ImageUrl url, in ImageKey key)
    {
        if (_linked == null || !_linked.Has(url.LinkPort))
        {
            Refuse(response, ImageUrlResult.ForeignSource, default);
            return;
        }

        Span<byte> name = stackalloc byte[ImageKey.Length];
        LinkedSources.WriteKey(url.LinkPort, url.Source, name);
        int source = _store.Find(name);
        if (source != ResultStore.None && _store[source].State == ResultState.Ready && _store[source].Expires <= _linked.Now)
        {
            _store.Retire(source);
            source = ResultStore.None;
        }

        if (source == ResultStore.None) source = _linked.Begin(name, url.LinkPort, url.Source);
        if (source == ResultStore.None)
        {
            RefuseForNow(response);
            return;
        }

        // A condition on the range hangs on the source; without one, all is sent, as is always allowed.
        ReadOnlySpan<byte> range = request.Has(HeaderName.IfRange) || !request.TryGetSingle(HeaderName.Range, out ReadOnlySpan<byte> asked) ? default : asked;
        if (_store[source].State == ResultState.Ready)
        {
            ServeFetched(response, source, key, TakesWebP(in request), request.Header(HeaderName.IfNoneMatch), range);
            return;
        }

        _waiters.Add(source, response, range);
        _waiters.Keep(response, key, TakesWebP(in request), request.Header(HeaderName.IfNoneMatch));
    }

    private void ServeFetched(HttpResponse response, int source, ImageKey key, bool takesWebP, ReadOnlySpan<byte> tags, ReadOnlySpan<byte> range)
    {
        if (_store[source].Outcome != ImageOutcome.Done)
        {
            ResultResponder.Refuse(response, _store[source].Outcome);
            return;
        }

        key.SourceHigh = _store[source].DigestHigh;
        key.SourceLow = _store[source].DigestLow;
        if (key.Format == ImageFormat.Unknown) key.Format = FormatNegotiation.Choose(takesWebP, _store[source].Key.Format);
        Span<byte> written = stackalloc byte[ImageKey.Length];
        key.Write(written);
        Span<byte> tag = stackalloc byte[ImageKey.TagLength];
        ImageKey.WriteTag(written, tag);
        if (EntityTags.WeakContains(tags, tag))
        {
            ResultResponder.SendNotModified(response, tag, _settings.MaxAge);
            return;
        }

        // It must not go to make room for its own result.
        _store.Touch(source);
        _store[source].Readers++;
        Answer(response, key, written, range, default, source);
        _store[source].Readers--;
    }

    /// <summary>Answers with the result that there is, or has it made first.</summary>
    private void Answer(HttpResponse response, in ImageKey key, ReadOnlySpan<byte> written, ReadOnlySpan<byte> range, ContentFile file, int from)
    {
        int index = _store.Find(written);
        if (index == ResultStore.None) index = Begin(written, key, file, from);
        if (index == ResultStore.None)
        {
            RefuseForNow(response);
            return;
        }

        if (_store[index].State == ResultState.Pending)
        {
            _waiters.Add(index, response, range);
            return;
        }

        _counters.Hits++;
        _store.Touch(index);
        _responder.Send(index, response, range);
    }

    private int Begin(ReadOnlySpan<byte> written, in ImageKey key, ContentFile file, int from)
    {
        if (_queue.IsFull) return ResultStore.None;
        int index = _store.Add(written);
        if (index == ResultStore.None) return index;
        _store[index].Key = key;
        _store[index].Source = file;
        _store[index].From = from;
        if (from != ResultStore.None) _store[from].Readers++;
        _queue.Add(index);
        return index;
    }

    // A result that is made, or will not be, needs its source no more.
    private void Unpin(int index)
    {
        int from = _store[index].From;
        if (from == ResultStore.None) return;
        _store[from].Readers--;
        _store[index].From = ResultStore.None;
    }

    private bool TakesWebP(in HttpRequest request) => _settings.PrefersWebP && FormatNegotiation.TakesWebP(in request);

    private void RefuseForNow(HttpResponse response)
    {
        _counters.Refused++;
        response.Start(HttpStatus.ServiceUnavailable);
        response.AddLines("Retry-After: 1\r\nCache-Control: no-store\r\n"u8);
        response.SendPhrase();
    }

    // Whether the same request would come to the same end.
    private static bool IsLasting(ImageOutcome outcome) => outcome is not (ImageOutcome.Unreadable or ImageOutcome.NoRoom);

    private static void Refuse(HttpResponse response, ImageUrlResult result, ReadOnlySpan<byte> culprit)
    {
        response.Start(result switch
        {
            ImageUrlResult.BadSignature => HttpStatus.Forbidden,
            ImageUrlResult.ForeignSource => HttpStatus.NotFound,
            _ => HttpStatus.BadRequest,
        });
        response.AddLines("Content-Type: text/plain\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"u8);
        Boot.LineBuilder text = new(stackalloc byte[MaxTextLength]);
        text.Append(result switch
        {
            ImageUrlResult.BadSignature => "the URL is not signed, or not by a key of this service"u8,
            ImageUrlResult.UnknownOption => "there is no such option: "u8,
            ImageUrlResult.BadOption => "the value of this option cannot be: "u8,
            ImageUrlResult.BadFormat => "pictures can be written as jpg, png or webp, not as "u8,
            ImageUrlResult.ForeignSource => "sources are files of this service's content, and of services that are linked to it, at http://localhost:PORT/"u8,
            _ => "the source is not named as a path: "u8,
        });
        if (result != ImageUrlResult.BadSignature) text.AppendForeign(culprit);
        text.EndLine();
        response.Send(text.Text);
    }
}
