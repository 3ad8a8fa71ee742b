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
    private readonly byte[] _scratch = new byte[ImageUrl.MaxSource];

    private ImageCounters _counters;

    /// <summary>Serves pictures.</summary>
    /// <param name="content">Where the sources are.</param>
    /// <param name="settings">How.</param>
    /// <param name="worker">Who makes them.</param>
    /// <param name="resultBytes">Memory for results.</param>
    /// <param name="connections">Connections of the server at most.</param>
    /// <param name="others">Who answers the rest.</param>
    public ImageHandler(ContentImage content, ImageSettings settings, ImageWorker worker, int resultBytes, int connections, HttpHandler others)
    {
        _content = content;
        _settings = settings;
        _others = others;
        _store = new ResultStore(resultBytes, settings.MaxResults);
        _queue = new ImageQueue(_store, worker, settings.MaxQueue);
        _responder = new ResultResponder(_store, settings.MaxAge);
        _waiters = new Waiters(_store, connections);
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
                Refuse(response, url);
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
        if (_store[index].FirstWaiter == 0 && _queue.TryRemove(index)) _store.Remove(index);
    }

    private void Serve(in HttpRequest request, HttpResponse response, in ImageUrl url)
    {
        _counters.Requests++;
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
        ImageKey key = new() { SourceHigh = source.TagHigh, SourceLow = source.TagLow, Options = url.Options };
        bool isNegotiated = url.Options.Format == ImageFormat.Unknown;
        key.Format = isNegotiated ? FormatNegotiation.Choose(in request, entry.MediaType, _settings.PrefersWebP) : url.Options.Format;
        key.Options.Format = ImageFormat.Unknown;
        Span<byte> written = stackalloc byte[ImageKey.Length];
        key.Write(written);
        Span<byte> tag = stackalloc byte[ImageKey.TagLength];
        ImageKey.WriteTag(written, tag);
        if (ResultResponder.TrySendNotModified(in request, response, tag, _settings.MaxAge)) return;
        int index = _store.Find(written);
        if (index == ResultStore.None) index = Begin(written, key, source.File);
        if (index == ResultStore.None)
        {
            _counters.Refused++;
            response.Start(HttpStatus.ServiceUnavailable);
            response.AddLines("Retry-After: 1\r\nCache-Control: no-store\r\n"u8);
            response.SendPhrase();
            return;
        }

        ReadOnlySpan<byte> range = ResultResponder.RangeOf(in request, tag);
        if (_store[index].State == ResultState.Pending)
        {
            _waiters.Add(index, response, range);
            return;
        }

        _counters.Hits++;
        _store.Touch(index);
        _responder.Send(index, response, range);
    }

    private int Begin(ReadOnlySpan<byte> written, in ImageKey key, ContentFile source)
    {
        if (_queue.IsFull) return ResultStore.None;
        int index = _store.Add(written);
        if (index == ResultStore.None) return index;
        _store[index].Key = key;
        _store[index].Source = source;
        _queue.Add(index);
        return index;
    }

    // Whether the same request would come to the same end.
    private static bool IsLasting(ImageOutcome outcome) => outcome is not (ImageOutcome.Unreadable or ImageOutcome.NoRoom);

    private static void Refuse(HttpResponse response, in ImageUrl url)
    {
        response.Start(url.Result switch
        {
            ImageUrlResult.BadSignature => HttpStatus.Forbidden,
            ImageUrlResult.ForeignSource => HttpStatus.NotFound,
            _ => HttpStatus.BadRequest,
        });
        response.AddLines("Content-Type: text/plain\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"u8);
        Boot.LineBuilder text = new(stackalloc byte[MaxTextLength]);
        text.Append(url.Result switch
        {
            ImageUrlResult.BadSignature => "the URL is not signed, or not by a key of this service"u8,
            ImageUrlResult.UnknownOption => "there is no such option: "u8,
            ImageUrlResult.BadOption => "the value of this option cannot be: "u8,
            ImageUrlResult.BadFormat => "pictures can be written as jpg, png or webp, not as "u8,
            ImageUrlResult.ForeignSource => "sources are files of this service's content"u8,
            _ => "the source is not named as a path: "u8,
        });
        if (url.Result != ImageUrlResult.BadSignature) text.AppendForeign(url.Culprit);
        text.EndLine();
        response.Send(text.Text);
    }
}
