// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Imaging.Serving;

/// <summary>What is kept of a request whose source is yet to come.</summary>
internal struct WaitingRequest
{
    /// <summary>What is asked for, but for the source's identity, and for the format where none was asked for.</summary>
    internal ImageKey Key;

    /// <summary>Whether it may be WebP, where no format was asked for.</summary>
    internal bool TakesWebP;

    /// <summary>Bytes of the field If-None-Match.</summary>
    internal int TagsLength;
}

/// <summary>Responses that wait for a result: a list for each, made of one place for each connection.</summary>
internal sealed class Waiters(ResultStore store, int connections)
{
    /// <summary>Bytes of a Range field that is kept; of a longer one nothing is made, as RFC 9110 allows.</summary>
    internal const int MaxRange = 64;

    /// <summary>Bytes of an If-None-Match field that is kept of who waits for a source; who sends a longer one gets all.</summary>
    internal const int MaxTags = 128;

    private readonly HttpResponse?[] _responses = new HttpResponse?[connections];
    private readonly int[] _results = new int[connections];
    private readonly int[] _next = new int[connections];
    private readonly byte[] _rangeLengths = new byte[connections];
    private readonly byte[] _ranges = new byte[connections * MaxRange];
    private readonly WaitingRequest[] _requests = new WaitingRequest[connections];
    private readonly byte[] _tags = new byte[connections * MaxTags];

    /// <summary>Adds a response to those that wait for a result, with what it asks of it.</summary>
    internal void Add(int result, HttpResponse response, ReadOnlySpan<byte> range)
    {
        int slot = response.Slot;
        if (range.Length > MaxRange) range = default;
        range.CopyTo(_ranges.AsSpan(slot * MaxRange));
        _rangeLengths[slot] = (byte)range.Length;
        _responses[slot] = response;
        _results[slot] = result;
        _next[slot] = store[result].FirstWaiter;
        store[result].FirstWaiter = slot + 1;
    }

    /// <summary>Keeps what is needed to answer a response that waits for a source.</summary>
    /// <param name="response">The response.</param>
    /// <param name="key">What is asked for, as far as it is known without the source.</param>
    /// <param name="takesWebP">Whether it may be WebP, where no format was asked for.</param>
    /// <param name="tags">The results that the client has.</param>
    internal void Keep(HttpResponse response, in ImageKey key, bool takesWebP, ReadOnlySpan<byte> tags)
    {
        if (tags.Length > MaxTags) tags = default;
        _requests[response.Slot] = new WaitingRequest { Key = key, TakesWebP = takesWebP, TagsLength = tags.Length };
        tags.CopyTo(_tags.AsSpan(response.Slot * MaxTags));
    }

    /// <summary>What was kept of a response that has been taken.</summary>
    internal ref readonly WaitingRequest RequestOf(HttpResponse response, out ReadOnlySpan<byte> tags)
    {
        ref WaitingRequest request = ref _requests[response.Slot];
        tags = _tags.AsSpan(response.Slot * MaxTags, request.TagsLength);
        return ref request;
    }

    /// <summary>Takes one of those that wait for a result. The range is lent until the next call.</summary>
    internal bool TryTake(int result, out HttpResponse? response, out ReadOnlySpan<byte> range)
    {
        response = null;
        range = default;
        int slot = store[result].FirstWaiter - 1;
        if (slot < 0) return false;
        store[result].FirstWaiter = _next[slot];
        response = _responses[slot];
        _responses[slot] = null;
        range = _ranges.AsSpan(slot * MaxRange, _rangeLengths[slot]);
        return true;
    }

    /// <summary>Removes a response, and tells what it waited for; <see cref="ResultStore.None"/> where it did not wait.</summary>
    internal int Remove(HttpResponse response)
    {
        int slot = response.Slot;
        if (_responses[slot] == null) return ResultStore.None;
        _responses[slot] = null;
        int result = _results[slot];
        ref int link = ref store[result].FirstWaiter;
        while (link != slot + 1) link = ref _next[link - 1];
        link = _next[slot];
        return result;
    }
}
